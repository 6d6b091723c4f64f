"""Midway's own drawings: 24 by 24, one stroke weight, round ends. Keys are what a picture means."""

# ruff: noqa: E501 - a drawing is one line

from typing import Final

ICONS: Final[dict[str, str]] = {
    # getting about
    "today": '<circle cx="12" cy="12" r="4"/><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4"/>',
    "board": '<path d="M3 6h9M8 12h13M3 12h1.5M3 18h6M13 18h8M16 6h5"/>',
    "customers": '<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20a6.5 6.5 0 0 1 13 0M16 4.8a3.5 3.5 0 0 1 0 6.4M18 14.2a6.5 6.5 0 0 1 3.5 5.8"/>',
    "plans": '<path d="M4 11a8 8 0 0 1 14.2-4.2L20 9M20 4v5h-5M20 13a8 8 0 0 1-14.2 4.2L4 15M4 20v-5h5"/>',
    "people": '<path d="M8 21v-6a4 4 0 0 1 8 0v6M12 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM8 21h8"/>',
    "prices": '<path d="M12.6 3H20a1 1 0 0 1 1 1v7.4a2 2 0 0 1-.6 1.4l-7.2 7.2a2 2 0 0 1-2.8 0L4 13.6a2 2 0 0 1 0-2.8L11.2 3.6a2 2 0 0 1 1.4-.6Z"/><circle cx="16.5" cy="7.5" r="1.2"/>',
    "money": '<path d="M3 7h18v11H3zM3 11h18M7 15h3"/>',
    "reports": '<path d="M4 20V10M10 20V4M16 20v-7M21 20H3"/>',
    "system": '<path d="M3 12h4l2.5-7 4.5 14 2.5-7H21"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    # doing
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "minus": '<path d="M5 12h14"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "down": '<path d="m6 9.5 6 6 6-6"/>',
    "next": '<path d="M5 12h14M13 6l6 6-6 6"/>',
    "back": '<path d="M19 12H5M11 6l-6 6 6 6"/>',
    "undo": '<path d="M4 9h10.5a5.5 5.5 0 0 1 0 11H9M4 9l4.5-4.5M4 9l4.5 4.5"/>',
    "edit": '<path d="M4 20h4L19.5 8.5a2.1 2.1 0 0 0-3-3L5 17l-1 3ZM14.5 7.5l3 3"/>',
    "move": '<path d="M4 8h13M13 4l4 4-4 4M20 16H7M11 12l-4 4 4 4"/>',
    "print": '<path d="M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z"/>',
    # things
    "calendar": '<rect x="4" y="5.5" width="16" height="15" rx="2.5"/><path d="M4 10h16M8.5 3v4M15.5 3v4"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.2 2"/>',
    "home": '<path d="M4 20V11l8-7 8 7v9zM10 20v-4a2 2 0 0 1 4 0v4"/>',
    "key": '<circle cx="8" cy="15.5" r="4.5"/><path d="m11.2 12.3 8.3-8.3M16 7.5l3 3M13.5 10l2 2"/>',
    "lock": '<rect x="5" y="11" width="14" height="9.5" rx="2.5"/><path d="M8 11V8a4 4 0 0 1 8 0v3M12 15v2"/>',
    "mail": '<rect x="3" y="5.5" width="18" height="13.5" rx="2.5"/><path d="m3.5 7.5 8.5 6 8.5-6"/>',
    "phone": '<path d="M6 3h3l2 5-2.5 1.5a11 11 0 0 0 6 6L16 13l5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3Z"/>',
    "pin": '<path d="M12 21.5c4.5-4.7 7-8.2 7-11.4a7 7 0 0 0-14 0c0 3.2 2.5 6.7 7 11.4Z"/><circle cx="12" cy="10" r="2.5"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5a7.5 7.5 0 0 1 15 0"/>',
    "repeat": '<path d="M5 11V9a3 3 0 0 1 3-3h11M16 3l3 3-3 3M19 13v2a3 3 0 0 1-3 3H5M8 21l-3-3 3-3"/>',
    "note": '<path d="M6 3.5h8.5L19 8v12.5H6zM14 3.5V8h5M9 12.5h7M9 16.5h5"/>',
    "shield": '<path d="M12 3 5 5.5V11c0 4.6 2.8 8 7 10 4.2-2 7-5.4 7-10V5.5zM9 11.8l2.2 2.2 4-4.2"/>',
    "spark": '<path d="M12 3c.7 5 3.5 8 9 9-5.5 1-8.3 4-9 9-.7-5-3.5-8-9-9 5.5-1 8.3-4 9-9Z"/>',
    "drop": '<path d="M12 3.5c3.8 4.2 6 7.2 6 10.3a6 6 0 0 1-12 0c0-3.1 2.2-6.1 6-10.3Z"/>',
    "inbox": '<path d="M4 13 6.5 5h11L20 13v6H4zM4 13h5a3 3 0 0 0 6 0h5"/>',
    "globe": '<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c5 5 5 12 0 17-5-5-5-12 0-17Z"/>',
    "sunrise": '<path d="M3 19h18M6 15a6 6 0 0 1 12 0M12 3v4M9.5 5.5 12 3l2.5 2.5M4 10l1.5 1M20 10l-1.5 1"/>',
    "sun": '<circle cx="12" cy="12" r="4"/><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4"/>',
    "sunset": '<path d="M3 19h18M6 15a6 6 0 0 1 12 0M12 3v4.5M9.5 5 12 7.5 14.5 5M4 10l1.5 1M20 10l-1.5 1"/>',
    # states: each has its own outline, so that colour is never the only sign
    "ok": '<circle cx="12" cy="12" r="8.5"/><path d="m8 12.3 2.8 2.7L16 9.5"/>',
    "warn": '<path d="M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.1"/>',
    "crit": '<path d="M8.2 3h7.6L21 8.2v7.6L15.8 21H8.2L3 15.8V8.2zM12 7.5v5.5M12 16.3v.1"/>',
    "info": '<rect x="3.5" y="3.5" width="17" height="17" rx="4"/><path d="M12 11v5.5M12 7.7v.1"/>',
}
