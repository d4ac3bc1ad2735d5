"""What was understood of mails shows on the case: facts that add up, secrets that were seen, machines that speak for people."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.office import ADDRESS, TEAM, Office, open_office
from tests.scenarios.team import merge
from triage.core.cases.case import Status
from triage.core.mail.message import FactKind, Missing
from triage.workers.known import known_of

COMPLAINT = "POST /v1/transfers fails in production with 500 since 2026-11-22 10:00 UTC."
ANSWER = "x-trace-id: 7f3a9c2e-0b1d-4e5f-8a6b-9c0d1e2f3a4b, profile id 12345. Our customers cannot send any money."
TOKEN = "9f8e7d6c-1234-4abc-8def-001122334455"


def missing(office: Office, number: int) -> tuple[Missing, ...]:
    assert office.daemon is not None
    return known_of(office.daemon.desk, number).missing


class TestFacts:
    def test_they_add_up_over_the_case_and_the_teams_words_count_for_nothing(self, office: Office) -> None:
        question = office.partner_writes("Transfers fail", COMPLAINT)
        office.outgoing()
        assert Missing.TRACE_ID in missing(office, 1001)
        office.team_replies("Re: Transfers fail", answers=question, text="Send us a trace id, such as x-trace-id: " + TOKEN)
        assert Missing.TRACE_ID in missing(office, 1001)
        office.partner_writes("Re: Transfers fail", ANSWER, answers=question)
        assert missing(office, 1001) == (Missing.REQUEST_AND_RESPONSE,)

    def test_a_page_that_comes_later_shows_what_all_messages_told(self, office: Office) -> None:
        question = office.partner_writes("Transfers fail", COMPLAINT)
        office.outgoing()
        office.partner_writes("URGENT Re: Transfers fail", ANSWER, answers=question)
        [page] = [mail for mail in office.outgoing() if not mail.notice]
        assert "POST /v1/transfers" in page.text
        assert "7f3a9c2e-0b1d-4e5f-8a6b-9c0d1e2f3a4b" in page.text

    def test_a_merge_brings_the_facts_of_the_other_case(self, office: Office) -> None:
        office.partner_writes("Transfers fail", COMPLAINT)
        office.partner_writes("Trace id of the failing transfers", ANSWER)
        office.outgoing()
        merge(office, 1002, 1001)
        assert missing(office, 1001) == (Missing.REQUEST_AND_RESPONSE,)
        assert office.daemon is not None
        assert known_of(office.daemon.desk, 1001).values(FactKind.TRACE_ID)


class TestSecrets:
    TEXT = f"POST /v1/transfers fails with\nAuthorization: Bearer {TOKEN}"

    def test_the_case_says_so_and_the_team_is_told_once_and_nobody_reads_the_value(self, office: Office) -> None:
        office.partner_writes("Transfers fail", self.TEXT)
        warning, receipt = sorted(office.outgoing(), key=lambda mail: mail.notice != "warning")
        assert (warning.to, receipt.notice) == ((TEAM,), "receipt")
        assert "authorization header" in warning.text
        assert "revoke" in warning.text
        [note] = [entry for entry in office.journal(1001) if "secret" in entry.detail]
        assert "authorization header" in note.detail
        assert TOKEN not in warning.text + note.detail + receipt.text
        office.stop()
        office.start()
        assert office.notices() == []

    def test_a_copy_of_the_same_mail_is_not_told_again(self, office: Office) -> None:
        raw = office.mail("ops@acme.example", ADDRESS, "Transfers fail", self.TEXT)
        office.arrives(raw)
        office.arrives(raw)
        assert sorted(office.notices()) == ["receipt", "warning"]

    def test_what_an_answer_only_quotes_is_not_told_again_but_a_new_one_is(self, office: Office) -> None:
        question = office.partner_writes("Transfers fail", self.TEXT)
        assert sorted(office.notices()) == ["receipt", "warning"]
        quoted = "\n".join("> " + line for line in self.TEXT.splitlines())
        office.partner_writes("Re: Transfers fail", "Any news?\n\nOn Monday ops wrote:\n" + quoted, answers=question)
        assert office.notices() == []
        office.partner_writes("Re: Transfers fail", "Now with password: hunter2secret", answers=question)
        assert office.notices() == ["warning"]

    def test_an_account_number_is_masked_and_nobody_is_asked_to_revoke_it(self, office: Office) -> None:
        office.partner_writes("Transfers fail", "POST /v1/transfers to DE89 3704 0044 0532 0130 00 fails")
        assert office.notices() == ["receipt"]


class TestMachinesThatSpeakForPeople:
    """A partner whose people write through a system that marks their mail as auto-generated, and whose entry says so."""

    ENTRY = '[acme]\ndomains = ["acme.example"]\nautomatic_mail = "human"\n'

    def test_their_mail_opens_a_case_that_pages_and_never_gets_a_notice(self, tmp_path: Path) -> None:
        with open_office(tmp_path) as office:
            (office.config.instance.rules_dir / "partners.toml").write_text(self.ENTRY)
            office.start()
            question = office.partner_writes("URGENT transfers fail", Auto_Submitted="auto-generated")
            assert office.notices() == ["page ana"]
            assert (office.case(1001).status, office.case(1001).tags) == (Status.NEW, ("machine-written",))
            office.team_replies("Re: URGENT transfers fail", answers=question)
            office.wait(hours=73)
            assert office.case(1001).status is Status.CLOSED
            assert not [told for told in office.notices() if not told.startswith("page")]
            office.partner_writes("Re: URGENT transfers fail", "again", answers=question, Auto_Submitted="auto-generated")
            assert office.case(1001).status is Status.OPEN
            assert office.notices() == ["page ana"]
            office.check()

    def test_their_automatic_answers_stay_automatic(self, tmp_path: Path) -> None:
        with open_office(tmp_path) as office:
            (office.config.instance.rules_dir / "partners.toml").write_text(self.ENTRY)
            office.start()
            question = office.partner_writes("Transfers fail")
            reply = office.team_replies("Re: Transfers fail", answers=question)
            office.partner_writes("Automatic reply: Transfers fail", "I am away", answers=reply, Auto_Submitted="auto-replied")
            assert office.case(1001).status is Status.PENDING
            assert office.notices() == ["receipt"]

    def test_without_the_entry_it_is_recorded_and_nothing_else(self, office: Office) -> None:
        office.partner_writes("URGENT transfers fail", Auto_Submitted="auto-generated")
        assert office.outcomes() == ["automatic"]
