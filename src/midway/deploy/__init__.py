"""From a fresh Debian to a production that runs: what `midway deploy` writes, starts and looks at."""
