"""`python -m evolink_codegen`."""

from .cli import main

raise SystemExit(main())
