"""`python -m evolink_codegen`."""

from ._cli import main

raise SystemExit(main())
