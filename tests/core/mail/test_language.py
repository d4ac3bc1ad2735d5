"""The language of a partner's text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.mail.language import guess

TEXTS = {
    "en": "Hello team, since this morning all of our requests to the API have been failing. Could you please take a look?",
    "de": "Hallo, seit heute Morgen schlagen alle unsere Anfragen fehl. Bitte prüfen Sie das, wir können nicht auszahlen.",
    "fr": "Bonjour, depuis ce matin toutes nos requêtes échouent avec une erreur. Pouvez-vous vérifier pour nous ? Merci",
    "es": "Hola, desde esta mañana todas las solicitudes fallan con un error y no podemos pagar a los clientes. Gracias",
    "pt": "Olá, desde hoje de manhã todas as requisições falham com um erro e não conseguimos pagar os clientes. Obrigado",
    "it": "Buongiorno, da questa mattina tutte le richieste non vanno a buon fine e non possiamo pagare i clienti. Grazie, saluti",
    "nl": "Hallo, sinds vanochtend mislukken al onze verzoeken met een fout en wij kunnen niet uitbetalen. Graag uw reactie, bedankt",
    "pl": "Dzień dobry, od rana wszystkie nasze zapytania kończą się błędem i nie możemy wypłacać środków. Proszę o pomoc",
    "sv": "Hej, sedan i morse misslyckas alla våra anrop och vi kan inte betala ut till kunder. Kan ni titta på det? Tack",
    "da": "Hej, siden i morges fejler alle vores kald, og vi kan ikke udbetale til kunder. Kan I se på det? Venlig hilsen, jeg blev spurgt",
    "no": "Hei, siden i morges feiler alle våre kall, og vi kan ikke betale ut til kunder. Kan dere se på det? Vennlig hilsen, noen spør",
    "fi": "Hei, aamusta lähtien kaikki pyynnöt ovat epäonnistuneet ja emme voi maksaa. Voitteko tarkistaa, mutta pian? Kiitos, se on",
    "cs": "Dobrý den, od rána všechny naše požadavky končí chybou a není možné vyplácet. Prosím, jak to máme řešit? Děkuji",
    "hu": "Üdvözlettel, reggel óta minden kérés hibát ad és nem tudunk fizetni. Kérem, nézzék meg, hogy mi a hiba. Köszönöm",
    "ro": "Bună ziua, de azi dimineață toate cererile eșuează cu o eroare și nu putem plăti. Vă rugăm să verificați. Mulțumesc",
    "tr": "Merhaba, bu sabahtan beri tüm istekler için hata alıyoruz ve ödeme yapamıyoruz. Lütfen kontrol eder misiniz? Teşekkürler",
    "ja": "お世話になっております。今朝からAPIのリクエストがすべて失敗しています。ご確認をお願いいたします。",
    "zh": "您好，从今天早上开始，所有请求都失败了，请帮忙检查一下，谢谢。",
    "ko": "안녕하세요, 오늘 아침부터 모든 API 요청이 실패하고 있습니다. 확인 부탁드립니다.",
    "ru": "Здравствуйте, с утра все запросы к API завершаются ошибкой. Посмотрите, пожалуйста, это срочно.",
    "uk": "Добрий день, з ранку всі запити до API завершуються помилкою. Подивіться, будь ласка, це терміново.",
    "el": "Καλημέρα, από το πρωί όλα τα αιτήματα αποτυγχάνουν. Μπορείτε να το ελέγξετε;",
    "ar": "مرحبا، جميع الطلبات تفشل منذ هذا الصباح. هل يمكنكم التحقق من ذلك؟",
    "he": "שלום, מהבוקר כל הבקשות נכשלות. תוכלו לבדוק בבקשה?",
    "th": "สวัสดีครับ ตั้งแต่เช้าคำขอทั้งหมดล้มเหลว ช่วยตรวจสอบด้วยครับ",
}

CURL = """
curl -X POST https://api.example.com/v1/transfers -H "Authorization: Bearer x" -d '{"sourceCurrency": "EUR", "targetCurrency": "GBP"}'
HTTP/1.1 500 Internal Server Error
x-trace-id: 0af7651916cd43dd8448eb211c80319c
"""


@pytest.mark.parametrize("language", list(TEXTS))
def test_the_language_of_a_mail_is_recognised(language: str) -> None:
    assert guess(TEXTS[language]) == language


@pytest.mark.parametrize("language", list(TEXTS))
def test_pasted_technical_text_does_not_change_the_language(language: str) -> None:
    assert guess(TEXTS[language] + CURL) == language


@pytest.mark.parametrize(
    "text",
    ["", "500", "ok", "POST /v1/transfers", CURL, "Jane Doe", "日本"],
    ids=["empty", "number", "word", "call", "curl", "name", "place"],
)
def test_too_little_text_has_no_language(text: str) -> None:
    assert guess(text) == ""


def test_two_languages_in_equal_parts_are_no_language() -> None:
    assert guess("the and is are we you der die und ist nicht wir") == ""


@given(st.text())
def test_nothing_raises(text: str) -> None:
    assert len(guess(text)) in (0, 2)


@pytest.mark.parametrize("text", ["the ", "a/", "и ", "日", "a.b", "x" * 10], ids=str)
def test_a_megabyte_is_quick(text: str) -> None:
    started = time.process_time()
    guess(text * (1_000_000 // len(text)))
    assert time.process_time() - started < 0.5
