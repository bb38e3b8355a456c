"""Plain HTTP as a test asks it: httpx without the certificates, which take 40 ms to read for every call."""

from __future__ import annotations

from functools import partial

import httpx

get = partial(httpx.get, verify=False)
post = partial(httpx.post, verify=False)
put = partial(httpx.put, verify=False)
delete = partial(httpx.delete, verify=False)
client = partial(httpx.Client, verify=False)
