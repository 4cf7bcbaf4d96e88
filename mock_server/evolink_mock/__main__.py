"""`python -m evolink_mock`."""

from evolink_mock.cli import main

raise SystemExit(main())
