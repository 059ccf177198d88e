#!/usr/bin/env python3
"""Times hops and those who read the same, for `tests/bench/scale`: in turns, best and median of three with the most memory.
`scale_time.py HOPS KUBECTL KUBECONFIG CA RESULTS HOSTS objects|probes|swallowed` adds lines to RESULTS; `… RESULTS report`
prints the table."""
import json, operator, os, re, shutil, signal, statistics, subprocess, sys, time

LIMIT, ROUNDS = 120, 3
hops, kubectl, kubeconfig, ca, results, *what = sys.argv[1:]
home = os.path.dirname(kubeconfig)
environment = {**os.environ, "KUBECONFIG": kubeconfig, "KUBECACHEDIR": home + "/kube-cache"}
INGRESSES = "/apis/networking.k8s.io/v1/ingresses"
LISTS = [INGRESSES, "/api/v1/services", "/apis/discovery.k8s.io/v1/endpointslices", "/api/v1/pods"]
NAMES = {"ingresses": "`kubectl get --raw`, Ingresses",
         "lists": "`kubectl get --raw`: Ingresses, Services, EndpointSlices, Pods",
         "get": "`kubectl get ingress -A`",
         "netinspect": "`k8s-netinspect diagnose`",
         "one": "`hops --check --no-probes HOST`",
         "all": "`hops --check --all --no-probes`",
         "probes": "`hops --check --all`",
         "swallowed": "`hops --check --all`, an address that swallows packets"}
ALL = ("all", "probes", "swallowed")


def commands(hosts, part):
    def raw(*paths):
        return ["sh", "-ec", " && ".join(f'"$0" get --raw {path}' for path in paths), kubectl]
    check = [hops, "--check", "--color", "never", "--cacert", ca]
    if part != "objects":
        return {part: [*check, "--all"]}
    other = shutil.which("k8s-netinspect")
    return {"ingresses": raw(INGRESSES), "lists": raw(*LISTS), "get": [kubectl, "get", "ingress", "-A"],
            **({"netinspect": [other, "diagnose"]} if other else {}),
            "one": [*check, "--no-probes", f"web-{hosts // 2 + 1:05}.example.com"],
            "all": [*check, "--all", "--no-probes"]}


def run(command):
    """How one run went: seconds, or none where the limit ended it; seconds of a processor; MiB; exit code; the last line printed."""
    with open(home + "/scale.out", "w+b") as out:
        begin = time.monotonic()
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.DEVNULL, process_group=0)
        seconds = ended = None
        try:
            while not ended:
                ended, status, usage = os.wait4(process.pid, os.WNOHANG)
                seconds = time.monotonic() - begin
                if not ended and seconds > LIMIT:
                    os.killpg(process.pid, signal.SIGKILL)
                    ended, status, usage = os.wait4(process.pid, 0)
                    seconds = None
                elif not ended:
                    time.sleep(0.002)
        finally:
            if not ended:  # it would go on for minutes when this is stopped
                os.killpg(process.pid, signal.SIGKILL)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(max(0, out.seek(0, os.SEEK_END) - 500))
        last = out.read().decode(errors="replace").rstrip().rsplit("\n", 1)[-1]
        return {"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime, "mib": usage.ru_maxrss / 1024,
                "code": process.returncode, "last": last[:200]}


def measure(hosts, part):
    wanted = commands(hosts, part)
    before = {key for (_, key), runs in read() if not runs or runs[-1]["seconds"] is None}
    done = {key: [] for key in wanted}
    for _ in range(ROUNDS):
        for key, command in wanted.items():
            # What was too slow once is not run again, nor with more hosts.
            if key not in before and all(r["seconds"] is not None for r in done[key]):
                done[key].append(run(command))
    with open(results, "a") as file:
        for key, runs in done.items():
            print(json.dumps([[hosts, key], runs]), file=file)
            told = (f"{r['seconds'] and round(r['seconds'], 2)} s {r['mib']:.0f} MiB code {r['code']}" for r in runs)
            print(hosts, key, *told, sep="; ", file=sys.stderr)


def read():
    return [json.loads(line) for line in open(results)] if os.path.exists(results) else []


def best(runs, field="seconds"):
    """The least of the runs, of memory the most; none where one did not end, or ended without having done its work."""
    bad = not runs or any(r["seconds"] is None or r["code"] not in (0, 1) for r in runs)
    return None if bad else (max if field == "mib" else min)(r.get(field, 0) for r in runs)


def ratio(a, b):
    return a / b if a and b else None


def shown(value, form):
    return "" if value is None else form.format(value)


def table(rows):
    print("| hosts | what | best s | median s | processor s | MiB | × its raw lists | hosts/s |")
    print("|---:|---|---:|---:|---:|---:|---:|---:|")
    for (hosts, key), runs in rows.items():
        seconds = best(runs)
        if seconds is not None:
            middle = f"{statistics.median(r['seconds'] for r in runs):.2f}"
        elif not runs:
            middle = f"not run: fewer hosts took over {LIMIT}"
        else:
            middle = f"over {LIMIT}" if runs[-1]["seconds"] is None else f"failed: {runs[-1]['code']}"
        lists = best(rows.get((hosts, "lists" if key in ALL or key == "netinspect" else "ingresses"), []))
        cells = [f"{hosts:,}", NAMES[key], shown(seconds, "{:.2f}"), middle, shown(best(runs, "cpu"), "{:.2f}"),
                 shown(max((r["mib"] for r in runs), default=None), "{:.0f}"), shown(ratio(seconds, lists), "{:.1f}"),
                 shown(ratio(hosts, seconds) if key in ALL else None, "{:.0f}")]
        print(f"| {' | '.join(cells)} |")


def report():
    rows = {tuple(key): runs for key, runs in read()}
    table(rows)
    print()
    for (hosts, key), runs in rows.items():
        if runs and key in ("one", *ALL):
            print(f"{hosts:,} {NAMES[key]}: {runs[-1]['last'] or 'nothing printed'}")
    most = max(hosts for hosts, _ in rows)

    broken = sum(i % 300 in (50, 150, 250) for i in range(most))  # as scale_fill.py breaks them

    def of(key, field="seconds", hosts=most):
        return best(rows.get((hosts, key), []), field)

    def told(key):
        """What it says of how many hosts are broken; fast and wrong is no use."""
        found = [re.search(r"(\d+) broken", run["last"]) for run in rows.get((most, key), [])]
        return float(found[-1][1]) if found and all(found) else None
    goals = [("one host: time × raw Ingresses", ratio(of("one"), of("ingresses")), "≤", 2),
             ("one host: memory × raw Ingresses", ratio(of("one", "mib"), of("ingresses", "mib")), "≤", 1.5),
             ("all hosts: time × raw lists", ratio(of("all"), of("lists")), "≤", 3),
             ("all hosts: MiB", of("all", "mib"), "≤", 400),
             ("twice the hosts: time ×", ratio(of("all"), of("all", hosts=most // 2)), "≤", 2.2),
             ("all hosts with packets: hosts/s", ratio(most, of("probes")), "≥", 300),
             ("broken hosts that objects tell", told("all"), "=", broken),
             ("broken hosts that packets tell", told("probes"), "=", broken)]
    print()
    held = 0
    for name, value, sign, limit in goals:
        holds = value is not None and {"≤": operator.le, "≥": operator.ge, "=": operator.eq}[sign](value, limit)
        held += holds
        print(f"{'holds' if holds else 'FAILS'}: {name}: {shown(value, '{:.2f}') or 'not measured'}, goal {sign} {limit}")
    print(f"goals at {most:,} hosts: {held} of {len(goals)} hold")
    sys.exit(0 if held == len(goals) else 1)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
report() if what == ["report"] else measure(int(what[0]), what[1])
