"""An HTTP/1.1 server on asyncio and httptools, for an application that answers complete requests."""
