"""What goes wrong in a browser without anybody seeing it."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

# Runs before each document; a policy keeps out scripts of the page, and not this one.
TELL_VIOLATIONS = """
addEventListener('securitypolicyviolation', (event) => console.error(
  `content security policy: ${event.effectiveDirective} refused ${event.blockedURI || 'inline'} ${event.sample}`
))
"""


@dataclass(kw_only=True)
class Findings:
    """Errors on the console and in scripts, answers of 400 and above, refusals of the content security policy, and requests that
    leave the origin, of all profiles that it watches."""

    found: list[str] = field(default_factory=list)
    expected: list[re.Pattern[str]] = field(default_factory=list)

    def watch(self, profile: BrowserContext, url: str) -> None:
        """Note all that goes wrong in this profile, whose page is at `url`."""

        def hear_console(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.found.append(f"console: {message.text} ({message.location.get('url', '')})")

        def hear_error(error: WebError) -> None:
            self.found.append(f"script: {error.error.stack or error.error.message}")

        def hear_answer(response: Response) -> None:
            if response.status >= 400:
                self.found.append(f"answer: {response.status} of {response.request.method} {response.url}")

        def hear_request(request: Request) -> None:
            scheme = urlsplit(request.url).scheme
            if scheme not in ("data", "blob") and not request.url.startswith(f"{url}/"):
                self.found.append(f"request to elsewhere: {request.url}")

        profile.add_init_script(TELL_VIOLATIONS)
        profile.on("console", hear_console)
        profile.on("weberror", hear_error)
        profile.on("response", hear_answer)
        profile.on("request", hear_request)

    def expect(self, pattern: str) -> None:
        """Findings in whose text this regular expression is found are as they should be, such as `401.*/session`: both the answer
        and what the browser says of it on the console."""
        self.expected.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        """What was found and not expected."""
        return [one for one in self.found if not any(pattern.search(one) for pattern in self.expected)]
