"""`python -m evolink`."""

from .cli import main

raise SystemExit(main())
