"""``python -m deploy.aws``: the CloudFormation template from Prometheus' rules and the SLOs.

Writes deploy/aws/template.yaml. With --check it writes nothing and ends with status 1 if the file
is not what would be written. A rule that can't be said as an alarm is one line on standard error
and status 2.
"""

import argparse
import sys
from difflib import unified_diff
from pathlib import Path

from deploy.aws.builder.grouping import GroupingError
from deploy.aws.builder.template import rendered

TEMPLATE = Path(__file__).resolve().parent / "template.yaml"


def main(arguments: list[str] | None = None) -> int:
    """Write the template, or compare it with the one that is there."""
    parser = argparse.ArgumentParser(prog="python -m deploy.aws", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    parser.add_argument("--out", type=Path, default=TEMPLATE, help="the template")
    options = parser.parse_args(arguments)
    try:
        wanted = rendered()
    except (GroupingError, LookupError, ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if not options.check:
        options.out.write_text(wanted, "utf-8")
        return 0
    found = options.out.read_text("utf-8") if options.out.is_file() else ""
    if found == wanted:
        return 0
    sys.stderr.write("deploy/aws/template.yaml is not what the rules say: run `make aws`\n")
    lines = unified_diff(
        found.splitlines(), wanted.splitlines(), "is", "should be", lineterm="", n=1
    )
    sys.stderr.writelines(f"{line}\n" for line in lines)
    return 1


if __name__ == "__main__":
    sys.exit(main())
