"""The one HTTP server: health, and what adapters serve over HTTP."""
