"""The names of the headers that requests are read by and answers are sent with, each once."""

CACHE_CONTROL = "Cache-Control"
ETAG = "ETag"
IF_MATCH = "If-Match"
IF_NONE_MATCH = "If-None-Match"
LOCATION = "Location"
RATE_LIMIT = "RateLimit"
RATE_LIMIT_POLICY = "RateLimit-Policy"
RETRY_AFTER = "Retry-After"
WWW_AUTHENTICATE = "WWW-Authenticate"

IDEMPOTENCY_KEY = "Idempotency-Key"
IDEMPOTENCY_REPLAYED = "Idempotency-Replayed"
OWN_IDEMPOTENCY_KEY = "x-idempotency-key"
"""What the contract of integers calls it."""

PROJECT_ID = "X-Project-Id"
SDK_KEY = "X-SDK-Key"
INTEGERS_KEYS = ("x-api-key", "api-key")
"""Those in which the contract of integers takes a key."""
VISITORS_KEY = "X-API-Key"

REQUEST_ID = "X-Request-ID"
HISTORY_ENTRY = "History-Entry"
REFUSAL_REASON = "Refusal-Reason"
EXPERIMENT_STATUS = "Experiment-Status"
STALE = "Switchyard-Stale"

HX_CURRENT_URL = "HX-Current-URL"
HX_REDIRECT = "HX-Redirect"
HX_REFRESH = "HX-Refresh"
HX_REQUEST = "HX-Request"
HX_TRIGGER = "HX-Trigger"
