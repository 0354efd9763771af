"""Settings that every application of the tests is given."""

SECRET_KEY = "5b0f4e7f0a4d4c3e9a7d1c2b8e6f9a01"
OTHER_SECRET_KEY = SECRET_KEY[::-1]
