"""What MkDocs does to each page besides: whatever can be scrolled sideways on a phone can be reached by keyboard."""


def on_page_content(html: str, **_facts: object) -> str:
    """Will let code and tables take the focus, each table in a frame of its own."""
    framed = html.replace("<table>", '<div class="frame" tabindex="0"><table>').replace("</table>", "</table></div>")
    return framed.replace("<pre>", '<pre tabindex="0">')
