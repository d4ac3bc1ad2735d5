"""The phones take pages and see whether they are signed."""

from __future__ import annotations

import json

import httpx
import pytest

from triage.adapters.pagers.webhook import signature
from triage.demo.pager import Phones

KEY = b"k" * 32
BODY = json.dumps({"type": "page.trigger", "data": {"text": "Severity 1"}}).encode()


@pytest.mark.parametrize(("key", "signed"), [(KEY, True), (b"x" * 32, False)])
def test_a_page_is_kept_with_whose_phone_it_was_and_whether_it_was_signed(key: bytes, signed: bool) -> None:
    headers = {"webhook-id": "page/1", "webhook-timestamp": "1790000000", "webhook-signature": signature(key, "page/1", "1790000000", BODY)}
    with Phones(KEY) as phones:
        assert httpx.post(f"{phones.url}/ana", content=BODY, headers=headers, trust_env=False).status_code == 204
        [page] = phones.pages()
    assert (page.person, page.page["text"], page.signed) == ("ana", "Severity 1", signed)
