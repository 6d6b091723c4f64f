"""The status page in front of containers that are down: the file beside compose.yaml, read by a real Nginx."""

import signal
import subprocess
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.deploy.grounds import free_ports, program

ROOT = Path(__file__).resolve().parents[2]


def test_it_is_served_while_nothing_else_answers(tmp_path: Path) -> None:
    binary, (port, nobody) = program("nginx"), free_ports(2)
    tmp_path.chmod(0o755)
    words = (ROOT / "deploy" / "nginx-status.conf").read_text()
    assert words.count("/srv/midway;") == 2
    assert words.count("127.0.0.1:8080") == 1
    words = words.replace("/srv/midway;", f"{tmp_path};").replace("127.0.0.1:8080", f"127.0.0.1:{nobody}")
    (tmp_path / "included.conf").write_text(words)
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; worker_processes 1; pid {tmp_path}/pid; user root;\nevents {{ worker_connections 64; }}\n"
        f"http {{ include /etc/nginx/mime.types; access_log off; client_body_temp_path {tmp_path}/b;"
        f" proxy_temp_path {tmp_path}/p; fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u;"
        f" scgi_temp_path {tmp_path}/s;\n"
        f" server {{ listen 127.0.0.1:{port}; include {tmp_path}/included.conf;"
        " location / { return 502; } } }\n"
    )
    (tmp_path / "status").mkdir()
    (tmp_path / "status" / "index.html").write_text("<p>We look into it")
    (tmp_path / "status" / "company.json").write_text("{}")
    child = subprocess.Popen([binary, "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "error.log")])
    try:
        assert said(port, "/status/") == (200, "<p>We look into it", "text/html; charset=utf-8")
        assert said(port, "/status/index.html")[0] == 200
        assert said(port, "/status/index.es.html")[0] == 502, "what is not there is asked of the containers"
        assert said(port, "/status/company.json")[0] == 502, "nothing else of the folder is given out"
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(timeout=20)


def said(port: int, path: str) -> tuple[int, str, str]:
    deadline = time.monotonic() + 10
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode(), answer.headers["Content-Type"]
        except HTTPError as answer:
            with answer:
                return answer.code, "", ""
        except OSError:
            assert time.monotonic() < deadline, "Nginx does not listen"
            time.sleep(0.02)  # for another process, whose clock is not ours
