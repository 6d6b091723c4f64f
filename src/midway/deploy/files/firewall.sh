#!/bin/sh
# Written by `midway deploy`. The firewall with a way back: `try` opens it again by itself after five minutes unless
# `keep` is said, from a second session, which shows that one can still get in.
set -eu
rules="{{etc}}/firewall.nft"
kept="{{etc}}/firewall.kept"
waiting="{{state}}/midway-firewall.pid"
nft="${NFT:-nft}"

forget() {
    if [ -f "$waiting" ]; then
        kill "$(cat "$waiting")" 2>/dev/null || true
        rm -f "$waiting"
    fi
}

case "${1:-}" in
    try)
        "$nft" --check --file "$rules"
        forget
        "$nft" --file "$rules"
        seconds="${2:-300}"
        setsid sh -c "sleep '$seconds'; rm -f '$waiting'; '$nft' delete table inet midway" >/dev/null 2>&1 </dev/null &
        echo $! >"$waiting"
        echo "The firewall is up for $seconds seconds. Open a second session; if it works, say: midway-firewall keep"
        ;;
    keep)
        "$nft" list table inet midway >/dev/null || { echo "It is down already: say midway-firewall try" >&2; exit 1; }
        forget
        touch "$kept"
        echo "The firewall stays, also after a start of the machine."
        ;;
    start)
        # At the start of the machine: only rules that were once kept.
        [ ! -f "$kept" ] || "$nft" --file "$rules"
        ;;
    off)
        forget
        rm -f "$kept"
        "$nft" delete table inet midway 2>/dev/null || true
        echo "The firewall is down."
        ;;
    *)
        echo "midway-firewall try [SECONDS] | keep | off" >&2
        exit 2
        ;;
esac
