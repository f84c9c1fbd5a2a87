"""The mail server: connections that are kept, and errors sorted by what to do about them."""

import asyncio
import time

import aiosmtplib

from triskel.notifications.gateways.mime import Mailbox
from triskel.notifications.settings import SmtpServer

SEND_SECONDS = 10.0
IDLE_SECONDS = 5.0


class NotNow(Exception):
    """It may work later; the text is a code, never an address."""


class Never(Exception):
    """The server refuses this mail for good; the text is a code."""


class Mailer:
    """Safe to use from several tasks: each send has a connection of its own while it lasts."""

    def __init__(self, url: str, sender: Mailbox) -> None:
        self._server = SmtpServer(url)
        self._sender = sender
        self._idle: list[tuple[aiosmtplib.SMTP, float]] = []

    async def send(self, mail: bytes, recipient: Mailbox) -> None:
        """Returns when the server has taken it. Raises `NotNow` or `Never`."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                client = await self._connection()
        except (OSError, aiosmtplib.SMTPException) as error:
            raise NotNow(_code(error)) from None
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._transfer(client, mail, recipient)
        except Never:
            self._idle.append((client, time.monotonic()))
            raise
        except aiosmtplib.SMTPRecipientRefused as error:
            await self._keep(client)
            raise _sorted(error.code) from None
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

    async def _transfer(self, client: aiosmtplib.SMTP, mail: bytes, recipient: Mailbox) -> None:
        sender, to = self._sender.wire, recipient.wire
        if client.is_ehlo_or_helo_needed:
            await client.ehlo()
        options = []
        if not (sender.isascii() and to.isascii()):
            # a local part has no ASCII form: who cannot take it as it is can never take it
            if not client.supports_extension("smtputf8"):
                raise Never("smtputf8-not-offered")
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        await client.mail(sender, options=options, encoding="utf-8")
        await client.rcpt(to, encoding="utf-8")
        await client.data(mail)

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
