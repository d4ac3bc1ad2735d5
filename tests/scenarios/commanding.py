"""Mails of the team with commands in them, and their answers, in the words of the stories."""

from __future__ import annotations

from tests.scenarios.office import ADDRESS, Mail, Office

PROVEN = "mx.wise.example; dmarc=pass header.from=wise.example"
ANA = "Ana <ana@wise.example>"


def commands(
    office: Office, text: str, *, subject: str = "Re: [#1001] Transfers fail", sender: str = ANA, to: str = ADDRESS, **more: str
) -> str:
    """A mail of the team, as its own server hands it over."""
    return office.arrives(office.mail(sender, to, subject, text, Authentication_Results=PROVEN, **more))


def answer(office: Office) -> Mail:
    [mail] = office.outgoing()
    assert mail.to == ("ana@wise.example",)
    assert mail.notice in {"command", "command-refused"}
    return mail


def a_case(office: Office) -> str:
    question = office.partner_writes("Transfers fail")
    assert office.notices() == ["receipt"]
    return question


def pending(office: Office) -> None:
    question = a_case(office)
    office.team_replies("Re: Transfers fail", answers=question)
    assert office.outgoing() == []
