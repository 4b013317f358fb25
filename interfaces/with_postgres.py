"""`python -m interfaces.with_postgres DIR COMMAND …`: PostgreSQL's own tools on the database of a data directory.

They connect without being told where, and are found without a path: `… .litspark pg_dump --format=custom`.
"""

import os
import subprocess
import sys
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from interfaces.embedded_postgres import PostgresFailed, programs, running


def main(words: list[str]) -> int:
    """The command's exit code; 2 where there is none to run."""
    if len(words) < 2:
        print(__doc__, file=sys.stderr)  # noqa: T201
        return 2
    folder, *command = words
    path = f"{programs()}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    try:
        with running(Path(folder)) as url:
            at = {f"PG{name.upper()}": str(value) for name, value in conninfo_to_dict(url).items()}
            environment = {**os.environ, "PATH": path, **at, "PGDATABASE": at.pop("PGDBNAME")}
            return subprocess.run(command, env=environment, check=False).returncode
    except (PostgresFailed, OSError) as failure:
        print(failure, file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
