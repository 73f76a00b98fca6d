"""A real SMTP server (aiosmtpd) for tests: takes mail on a free loopback port and prints what came.

usage: receiver.py '{"mode": "starttls|tls|none", "cert": PEM, "key": PEM, "user": ..., "password": ..., "reply": ...}'
Prints the port first, then one line of JSON for each mail. Ends when standard input closes.
"""
import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

options = json.loads(sys.argv[1])
mode = options.get("mode", "none")


class Handler:
    async def handle_DATA(self, server, session, envelope):
        if options.get("reply"):
            return options["reply"]
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        print(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "subject": mail["subject"],
            "id": mail["message-id"], "headers": mail.keys(), "text": mail.get_content(),
            "tls": session.ssl is not None or mode == "tls", "signed_in": bool(session.authenticated),
        }), flush=True)
        return "250 OK"


def sign_in(server, session, envelope, mechanism, data):
    good = (data.login.decode(), data.password.decode()) == (options["user"], options["password"])
    return AuthResult(success=good, handled=good)


async def main():
    context = None
    if mode != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options["cert"], options["key"])
    user = options.get("user")

    def protocol():
        return SMTP(
            Handler(), hostname="localhost", tls_context=context if mode == "starttls" else None,
            require_starttls=mode == "starttls", authenticator=sign_in if user else None,
            auth_required=bool(user), auth_require_tls=mode == "starttls",
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if mode == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)

asyncio.run(main())
