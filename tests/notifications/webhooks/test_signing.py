"""Signatures are those of Standard Webhooks."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

from app.notifications.webhooks import signing

# The example of the specification's own libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}'
AT = datetime.fromtimestamp(1614265330, UTC)


def test_a_message_is_signed_as_the_example_of_the_specification() -> None:
    assert signing.headers(MESSAGE_ID, AT, BODY, [SECRET]) == {
        "webhook-id": MESSAGE_ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_two_secrets_sign_one_after_the_other_over_id_time_and_body() -> None:
    other = signing.new_secret()
    key = base64.b64decode(other.removeprefix("whsec_"))
    assert len(key) == 32
    signed = hmac.digest(key, f"{MESSAGE_ID}.1614265330.{BODY}".encode(), hashlib.sha256)
    first, second = signing.headers(MESSAGE_ID, AT, BODY, [other, SECRET])[
        "webhook-signature"
    ].split()
    assert first == f"v1,{base64.b64encode(signed).decode()}"
    assert second.startswith("v1,g0hM")
