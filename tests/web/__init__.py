"""The web page in a browser, on a real server."""
