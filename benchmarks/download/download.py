"""Downloads by torchhub and by what one would use instead, side by side.

    bazel run --config=opt //benchmarks:download -- [--rounds N] [--size MIB] [--only ID,ID] [--write]

Each scenario runs all its candidates in each round, in random order; what is reported is the median, its
ratio to torchhub's, and the fastest run. Output files are new each time. Where the processor and not a slow
link decides, a first round is not counted. --write puts the scenarios that ran into
benchmarks/results/download.json and into the tables and charts of benchmarks/README.md.
"""
import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
import download_tables
import report

NGINX = """
worker_processes 2; daemon off; pid {dir}/pid; error_log {dir}/error.log; user root root;
events {{ worker_connections 512; }}
http {{
  access_log off; sendfile on; tcp_nopush on; root {dir}/www;
  client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3;
  uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
  ssl_certificate {dir}/server.pem; ssl_certificate_key {dir}/server.key;
  ssl_protocols TLSv1.3; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
  server {{
    listen 127.0.0.1:{http}; listen 127.0.0.1:{https} ssl;
  }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Bench:
    def __init__(self, options):
        self.options = options
        self.dir = Path(tempfile.mkdtemp(prefix="torchhub-bench-", dir=options.dir))
        self.www = self.dir / "www"
        self.out = self.dir / "out"
        self.www.mkdir()
        self.out.mkdir()
        self.servers = []
        self.size = options.size << 20
        # A child's largest memory counts from its parent's: nothing here holds a whole file.
        digest = hashlib.sha256()
        with open(self.www / "f", "wb") as file:
            for _ in range(options.size):
                piece = os.urandom(1 << 20)
                digest.update(piece)
                file.write(piece)
        self.sha = digest.hexdigest()
        for i in range(64):
            (self.www / f"m{i}").write_bytes(os.urandom(16 << 20))
        self.make_certificate()
        self.http, self.https = free_port(), free_port()
        (self.dir / "nginx.conf").write_text(NGINX.format(dir=self.dir, http=self.http, https=self.https))
        self.start(["/usr/sbin/nginx", "-c", str(self.dir / "nginx.conf")])
        self.link = self.start([options.link_server, str(self.www / "f")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.link_port = int(self.link.stdout.readline())
        time.sleep(0.5)
        self.env = dict(os.environ, SSL_CERT_FILE=str(self.dir / "server.pem"))

    def start(self, command, **how):
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL, **how)
        self.servers.append(server)
        return server

    def make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", str(self.dir / "server.key"), "-out", str(self.dir / "server.pem"), "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
            check=True, capture_output=True)

    def close(self):
        for server in self.servers:
            # Not kill: nginx has to end its workers.
            server.terminate()
            server.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def url(self, path, tls=False):
        return f"https://127.0.0.1:{self.https}/{path}" if tls else f"http://127.0.0.1:{self.http}/{path}"

    def link_url(self, path):
        return f"http://127.0.0.1:{self.link_port}/{path}"

    def sent(self):
        self.link.stdin.write(b"\n")
        self.link.stdin.flush()
        return int(self.link.stdout.readline().split()[1])

    def server_cpu(self):
        """CPU seconds that the servers and their workers have used."""
        ticks = 0
        servers = {server.pid for server in self.servers}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                # Behind the name, which may hold anything: state, parent, ...; user and system time are fields 14 and 15.
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:  # it has just ended
                continue
            if int(stat.parent.name) in servers or int(fields[1]) in servers:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def clear(self):
        shutil.rmtree(self.out)
        self.out.mkdir()

    def measure(self, command, timeout=180):
        """Wall and CPU seconds, those of the servers, largest resident MiB and exit status of a shell command."""
        self.clear()
        os.sync()  # what the candidate before left for the disk is not this one's to wait for
        served = self.server_cpu()
        before = time.monotonic()
        child = subprocess.Popen(["/bin/sh", "-c", command], cwd=self.out, env=self.env, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, start_new_session=True)
        signal.signal(signal.SIGALRM, lambda *_: os.killpg(child.pid, signal.SIGKILL))
        signal.alarm(timeout)
        _, status, usage = os.wait4(child.pid, 0)
        signal.alarm(0)
        wall = time.monotonic() - before
        child.returncode = os.waitstatus_to_exitcode(status)
        return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "server_cpu": self.server_cpu() - served,
                "rss": usage.ru_maxrss / 1024, "status": child.returncode}


def commands(bench):
    """For each scenario: what it is, and a shell command for each candidate."""
    hub = f"{bench.options.torchhub} --quiet download"
    python = bench.options.python
    sha = bench.sha
    torch_hub = (f"{python} -c \"import torch.hub,sys; torch.hub.download_url_to_file(sys.argv[1], 'f', "
                 f"hash_prefix=sys.argv[2], progress=False)\"")
    check = "openssl dgst -sha256 f"
    aria = "aria2c --no-conf -q --file-allocation=falloc --disk-cache=64M -k1M"
    verified = f"--checksum=sha-256={sha}"

    def loopback(url, tls):
        trust = f"--ca-certificate={bench.dir}/server.pem"
        curl_trust = f"--cacert {bench.dir}/server.pem" if tls else ""
        aria_tls = f"{aria} {trust}" if tls else aria
        wget_tls = f"wget2 -q {trust}" if tls else "wget2 -q"
        found = {
            "torchhub": f"{hub} {url} f --sha256 {sha} --no-sync",
            "torchhub, flushed to disk": f"{hub} {url} f --sha256 {sha}",
            "curl, then openssl dgst": f"curl -sS {curl_trust} --http1.1 -o f {url} && {check}",
            "aria2 -x1 --checksum": f"{aria_tls} -x1 {verified} -o f {url}",
            "aria2 -x4 --checksum": f"{aria_tls} -x4 -s4 {verified} -o f {url}",
            "wget2, then openssl dgst": f"{wget_tls} -O f {url} && {check}",
            "Python torch.hub": f"{torch_hub} {url} {sha}",
        }
        if not tls:
            found["axel -n4, then openssl dgst"] = f"axel -q -n4 -o f {url} && {check}"
            found["openssl dgst alone"] = f"openssl dgst -sha256 {bench.www}/f"
            if bench.options.hf_python:
                call = ("import hf_transfer,sys; hf_transfer.download(sys.argv[1], 'f', 8, 10485760)")
                found["hf_transfer, then openssl dgst"] = (
                    f"{bench.options.hf_python} -c \"{call}\" {url} && {check}")
        return found

    def plain(url, extra=None):
        found = {
            "torchhub": f"{hub} {url} f --no-sync",
            "curl": f"curl -sS --http1.1 -o f {url}",
            "aria2 -x4": f"{aria} -x4 -s4 -o f {url}",
            "aria2 -x16": f"{aria} -x16 -s16 -o f {url}",
            "axel -n4": f"axel -q -n4 -o f {url}",
        }
        found.update(extra or {})
        return found

    def retrying(url):
        return {
            "torchhub": f"{hub} {url} f --no-sync",
            "curl --retry": f"for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do "
                            f"curl -sS -C - -o f {url} && exit 0; done; exit 1",
            "aria2 -x4": f"{aria} -x4 -s4 --retry-wait=1 --max-tries=0 -o f {url}",
        }

    many = " ".join(bench.url(f"m{i}", True) for i in range(64))
    (bench.dir / "many").write_text("\n".join(bench.url(f"m{i}", True) for i in range(64)))
    (bench.dir / "curlrc").write_text(
        "\n".join(f'url = "{bench.url(f"m{i}", True)}"\noutput = "m{i}"' for i in range(64)))
    zero = "/dev/null"
    kill = (f"for share in 1 5 9; do {hub} {bench.link_url('c1/f')} f --no-sync & pid=$!; "
            f"sleep $share; kill -9 $pid; done; {hub} {bench.link_url('c1/f')} f --no-sync --sha256 {sha}")
    kill_aria = (f"for share in 1 5 9; do {aria} -x8 -s8 -o f {bench.link_url('c1/f')} & pid=$!; "
                 f"sleep $share; kill -9 $pid; done; {aria} -c -x8 -s8 -o f {bench.link_url('c1/f')} && {check}")
    return {
        "L0": ("loopback http, nothing kept or hashed (torchhub keeps and hashes)", {
            "torchhub": f"{hub} {bench.url('f')} f --no-sync",
            "curl": f"curl -sS --http1.1 -o {zero} {bench.url('f')}",
            "curl to a file": f"curl -sS --http1.1 -o f {bench.url('f')}",
        }),
        "L1": ("loopback http, file and SHA-256", loopback(bench.url("f"), False)),
        "L2": ("loopback https (AES-128-GCM), file and SHA-256", loopback(bench.url("f", True), True)),
        "W1": ("200 Mb/s, 10 ms before each answer", plain(bench.link_url("w1/f"))),
        "W2": ("1 Gb/s, 80 ms, windows that double from 14.6 KB to 6 MB", plain(bench.link_url("w2/f"))),
        "C1": ("16 MB/s a connection, 8 allowed", plain(bench.link_url("c1/f"), {"aria2 -x8": f"{aria} -x8 -s8 -o f {bench.link_url('c1/f')}"})),
        "C2": ("30 MB/s in all; more than 6 connections are punished", plain(bench.link_url("c2/f"))),
        "S1": ("50 MB/s a connection, one of four slows to a twentieth after 2 s", plain(bench.link_url("s1/f"))),
        "S2": ("every connection is reset after 32 to 96 MiB", retrying(bench.link_url("s2/f"))),
        "S3": ("16 MB/s a connection; killed after 1 s, 5 s and 9 s of work", {"torchhub": kill, "aria2 -x8 -c": kill_aria}),
        "M1": ("64 files of 16 MiB, https", {
            "torchhub": f"{hub} {many} --output-dir . --no-sync",
            "curl -Z": f"curl -sS -Z --parallel-max 8 --cacert {bench.dir}/server.pem -K {bench.dir}/curlrc",
            "aria2 -j8": f"{aria} --ca-certificate={bench.dir}/server.pem -j8 -i {bench.dir}/many",
        }),
        "Z1": ("chunked, no length, no ranges", {
            "torchhub": f"{hub} {bench.link_url('z1/f')} f --no-sync",
            "curl": f"curl -sS --http1.1 -o f {bench.link_url('z1/f')}",
            "aria2": f"{aria} -o f {bench.link_url('z1/f')}",
        }),
        "B1": (f"{bench.options.big} GiB, made as it is sent", {
            "torchhub": f"{hub} {bench.link_url('b1/' + str(bench.options.big << 30))} f --no-sync",
            "curl": f"curl -sS --http1.1 -o f {bench.link_url('b1/' + str(bench.options.big << 30))}",
        }),
    }


def run(bench):
    results = {}
    for name, (title, candidates) in commands(bench).items():
        if bench.options.only and name not in bench.options.only:
            continue
        if name == "B1" and not bench.options.big:
            continue
        is_loopback = name in ("L0", "L1", "L2", "M1", "Z1")
        rounds = bench.options.rounds if is_loopback else max(2, bench.options.rounds // 3)
        runs = {candidate: [] for candidate in candidates}
        for number in range(0 if is_loopback else 1, rounds + 1):
            order = list(candidates)
            random.shuffle(order)
            for candidate in order:
                sent = bench.sent()
                measured = bench.measure(candidates[candidate])
                measured["sent"] = bench.sent() - sent
                # The first round is for the machine to warm up.
                if number > 0:
                    runs[candidate].append(measured)
                print(f"{name} {number}/{rounds} {candidate}: {measured['wall']:.2f} s, CPU {measured['cpu']:.2f} s, "
                      f"{measured['rss']:.0f} MiB, status {measured['status']}", file=sys.stderr)
        results[name] = {"title": title, "candidates": {c: summary(r) for c, r in runs.items()}}
    return results


def summary(runs):
    good = [run for run in runs if run["status"] == 0]
    if not good:
        return {"failed": len(runs), "runs": runs}
    return {
        "wall": statistics.median(run["wall"] for run in good),
        "fastest": min(run["wall"] for run in good),
        "cpu": statistics.median(run["cpu"] for run in good),
        "server_cpu": statistics.median(run["server_cpu"] for run in good),
        "rss": max(run["rss"] for run in good),
        "sent": statistics.median(run["sent"] for run in good),
        "failed": len(runs) - len(good),
        "runs": runs,
    }


def version(command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "not there"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--torchhub", required=True)
    parser.add_argument("--link-server", required=True)
    parser.add_argument("--python", required=True)
    parser.add_argument("--hf-python", default="")
    parser.add_argument("--size", type=int, default=1024, help="MiB")
    parser.add_argument("--big", type=int, default=4, help="GiB of the big file, 0 for none")
    parser.add_argument("--dir", help="where the files lie")
    report.add_options(parser, rounds=7)
    options = parser.parse_args()
    bench = Bench(options)
    try:
        results = run(bench)
    finally:
        bench.close()
    versions = {"curl": version(["curl", "--version"]), "aria2": version(["aria2c", "--version"]),
                "axel": version(["axel", "--version"]), "wget2": version(["wget2", "--version"]),
                "nginx": "1.22", "openssl": version(["openssl", "version"])}
    document = report.document_of("download", results, options, versions, mebibytes=options.size)
    report.write(document, options, download_tables.sections)
    print(download_tables.tables(document))


if __name__ == "__main__":
    main()
