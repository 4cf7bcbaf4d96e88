"""`python -m evolink_mock`."""

from .cli import main

raise SystemExit(main())
