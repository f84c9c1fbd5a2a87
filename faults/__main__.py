"""`make soak`: seeded runs for as long as asked; a failure prints its seed, which replays it."""

import argparse
import json
import random
import sys
import time
from pathlib import Path

from rich.console import Console

from faults.run import run

RESULT = Path("build/soak.json")
console = Console(highlight=False)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long in all")
    parser.add_argument("--seconds", type=float, default=60, help="of load and faults in a run")
    parser.add_argument("--seed", type=int, help="one run with this seed, to replay a failure")
    wanted = parser.parse_args()
    until = time.monotonic() + wanted.minutes * 60
    reports = []
    while True:
        seed = random.SystemRandom().randrange(2**32) if wanted.seed is None else wanted.seed
        console.print(f"[bold]seed {seed}[/]")
        report = run(seed, wanted.seconds, console.print)
        reports.append(
            {
                "seed": seed,
                "seconds": report.seconds,
                "requests": report.requests,
                "retries": report.retries,
                "events": report.events,
                "faults": dict(report.faults),
                "mails": report.mails,
                "repeated_mails": report.repeated_mails,
                "dead_letters": report.dead_letters,
                "defects": dict(report.findings.defects),
            }
        )
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(reports, indent=1), encoding="utf-8")
        console.print_json(data=reports[-1])
        if report.findings.defects:
            console.print(f"[red]{report.findings}[/]")
            console.print(f"replay it: python -m faults --seed {seed} --seconds {wanted.seconds}")
            return 1
        if wanted.seed is not None or time.monotonic() > until:
            return 0


if __name__ == "__main__":
    sys.exit(main())
