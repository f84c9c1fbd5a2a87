"""The mail server: connections that are kept, and errors sorted by what to do about them."""

import asyncio
import time
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import parseaddr

import aiosmtplib

from triskel.notifications.settings import SmtpServer

SEND_SECONDS = 10.0
IDLE_SECONDS = 5.0


class _Blanks(EmailPolicy):
    """Python before 3.11.10 and 3.12.5 loses blanks between the encoded words of a subject that it
    folds (gh-92081), so that names run together: here the old way, which keeps them."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() != "subject" or value.isascii():
            return super().fold_binary(name, value)
        line = Header(value, "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {line}{self.linesep}".encode()


_ON_THE_WIRE = _Blanks(linesep="\r\n", cte_type="7bit")


class NotNow(Exception):
    """It may work later; the text is a code, never an address."""


class Never(Exception):
    """The server refuses this mail for good; the text is a code."""


class Mailer:
    """Safe to use from several tasks: each send has a connection of its own while it lasts."""

    def __init__(self, url: str, sender: str) -> None:
        self._server = SmtpServer(url)
        self._sender = parseaddr(sender)[1]
        self._idle: list[tuple[aiosmtplib.SMTP, float]] = []

    async def send(self, message: EmailMessage, recipient: str) -> None:
        """Returns when the server has taken it. Raises `NotNow` or `Never`."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                client = await self._connection()
        except (OSError, aiosmtplib.SMTPException) as error:
            raise NotNow(_code(error)) from None
        try:
            async with asyncio.timeout(SEND_SECONDS):
                if recipient.isascii():
                    content = message.as_bytes(policy=_ON_THE_WIRE)
                    await client.sendmail(self._sender, [recipient], content)
                else:  # SMTPUTF8 (RFC 6531), where the server has it
                    await client.send_message(message, sender=self._sender, recipients=[recipient])
        except aiosmtplib.SMTPRecipientsRefused as error:
            await self._keep(client)
            refused = error.recipients[0]
            raise _sorted(refused.code) from None
        except aiosmtplib.SMTPResponseException as error:
            client.close()
            raise _sorted(error.code) from None
        except (OSError, aiosmtplib.SMTPException) as error:
            client.close()
            raise NotNow(_code(error)) from None
        except BaseException:
            client.close()
            raise
        self._idle.append((client, time.monotonic()))

    async def close(self) -> None:
        """Says goodbye on the connections that nobody uses; the next send opens another."""
        while self._idle:
            client, _ = self._idle.pop()
            try:
                async with asyncio.timeout(1):
                    await client.quit()
            except (OSError, aiosmtplib.SMTPException):
                client.close()

    async def _keep(self, client: aiosmtplib.SMTP) -> None:
        """After a refusal the connection is used again only if the server forgets the mail."""
        try:
            await client.rset()
        except (OSError, aiosmtplib.SMTPException):
            client.close()
        else:
            self._idle.append((client, time.monotonic()))

    async def _connection(self) -> aiosmtplib.SMTP:
        while self._idle:
            client, since = self._idle.pop()
            if time.monotonic() - since < IDLE_SECONDS:
                return client
            try:
                # servers hang up on who is silent for long
                await client.noop()
            except (OSError, aiosmtplib.SMTPException):
                client.close()
            else:
                return client
        client = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            username=self._server.user,
            password=self._server.password,
            use_tls=self._server.tls == "tls",
            start_tls=self._server.tls == "starttls",
            timeout=SEND_SECONDS,
            local_hostname="triskel.invalid",
        )
        await client.connect()
        return client


def _sorted(code: int) -> Exception:
    """RFC 5321: 5yz is for good, 4yz for now."""
    return Never(f"smtp-{code}") if 500 <= code < 600 else NotNow(f"smtp-{code}")


def _code(error: BaseException) -> str:
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return "smtp-login-refused"
    if isinstance(error, TimeoutError):
        return "smtp-timeout"
    return "smtp-unreachable"
