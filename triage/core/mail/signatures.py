"""Signatures: the "-- " delimiter, "Sent from my iPhone" in many languages, disclaimers at the end.

Decides which lines at the end of a stretch of new text are signature. Conservative: what might be the partner's words stays. `new_text`
calls it for every stretch (a reply above a quote has its signature above the quote).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_DELIMITED_LINES = 30
MAX_BARE_LINES = 10
MAX_DISCLAIMER_LINES = 25

_DEVICES = (
    "iphon ipad ipod ios android blackberry samsung galaxy huawei honor xiaomi redmi oneplus pixel nokia htc motorola moto sony "
    "xperia lg oppo vivo "
    "realme asus fairphone windows outlook yahoo gmail proton protonmail mail mobile mobil mobiltelefon handy smartphone phone "
    "telefon teléfono "
    "téléphone telefono telefoon móvil portable cellulare celular tablet tablette spark superhuman airmail zoho aol gmx web.de "
    "bluemail newton "
    "thunderbird tutanota tuta hey k-9 k9 fairemail macbook mac apple watch verizon t-mobile at&t telekom vodafone o2 orange gerät "
    "device "
    "айфон телефон смартфон почт пошт планшет мобильн handset poczt aquamail nine edison canary mailbird"
)
_DEVICE_ROOTS = tuple(_DEVICES.split())
_CONNECTING = (
    "for on a an the my via in app network bell rogers telstra 4g 5g lte wireless by with secure email e-mail client and und "
    "pour para per voor för til "
    "für mit auf "
    "dem der meinem meiner mon ma mes mi meu minha mio mia mijn min mit mitt minun mojego mé mého моего моей мого мог мой от из с з "
    "со на для "
    "pro max plus ultra mini se air edge note lite free mobilen lähetetty inc reseau réseau tele from desktop enterprise powered is "
    "now get it "
    "versendet gesendet aus version app- -app une un une el la le de du da do dal dalla z ze na w s u i e о och og ett en et το την"
)
_CONNECTORS = frozenset(_CONNECTING.split())
_BEGINNINGS = (
    "sent from|sent via|sent using|sent with|sent by|get outlook|get bluemail|get the|composed with|written on|typed on|von meinem"
    "|von meiner|von mein|gesendet von"
    "|gesendet mit|gesendet über|gesendet aus|gesendet via|gesendet vom|holen sie sich outlook|outlook für|envoyé de|envoyé depuis"
    "|envoyé à partir"
    "|envoyé via|envoyé avec|envoyé du|télécharger outlook|obtenez outlook|enviado desde|enviado de|enviado do|enviado da"
    "|enviado a partir"
    "|enviado via|enviado por|enviado con|enviado com|obtener outlook|obter o outlook|obter outlook|baixe o outlook|inviato da"
    "|inviato dal"
    "|inviato con|inviato tramite|inviato via|ottieni outlook|scarica outlook|verzonden vanaf|verstuurd vanaf|verzonden met|verstuurd met"
    "|verzonden via|verstuurd via|outlook voor|download outlook|wysłane z|wysłano z|wysłane przez|pobierz program outlook|pobierz outlook"
    "|skickat från|skickat med|skickades från|hämta outlook|sendt fra|sendt med|hent outlook|få outlook|skaff deg outlook|lähetetty"
    "|hanki outlook"
    "|odesláno z|odesláno ze|odesláno pomocí|posláno z|odoslané z|stáhnout outlook|získat outlook|отправлено с|отправлено из"
    "|отправлено от"
    "|отправлено через|надіслано з|надіслано із|відправлено з|trimis de pe|trimis din|trimis de la|elküldve|küldve|στάλθηκε από"
    "|εστάλη από"
    "|enviat des|dikirim dari|được gửi từ|gửi từ|poslano s|poslano sa|изпратено от|saadetud|išsiųsta|nosūtīts"
)
_PREFIXES = tuple(_BEGINNINGS.split("|"))
_ANY_LANGUAGE = re.compile(
    r".{0,20}(?:iphone|ipad|android|outlook|galaxy|samsung|huawei|xiaomi|yahoo|gmail|携帯|スマートフォン|手机|手機|휴대폰|스마트폰"
    r"|メール)[^:]{0,30}"
    r"(?:gesendet|gönderildi|yollandı|küldve|送信|から|傳送|发送|发出|보냄|보냈습니다|发自).{0,10}"
    r"|(?:发自|發自|來自|来自|從|从)[^:：]{0,12}(?:iphone|ipad|android|手机|手機|outlook|samsung|galaxy|huawei|xiaomi|yahoo|邮箱"
    r"|邮件).{0,20}"
    r"|(?:get|ottieni|obtenez|obtener|obter|hämta|hent|download|pobierz|télécharger|holen sie sich|скачать|получить|获取"
    r"|下载) .{0,12}outlook .{0,20}(?:ios|android|mac).{0,4}",
    re.IGNORECASE,
)
_LINK = re.compile(r"[<(\[]?(?:https?|mailto):[^\s]+[>)\]]?")
_TOKEN = re.compile(r"[^\s,;()\[\]|!®™*_]+")

_DISCLAIMER_OPENING = re.compile(
    r"[*_\s\"(-]*(?:this (?:e-?mail|message|communication|electronic)|the (?:information|contents?) (?:contained )?(?:in|of) this"
    r"|(?:legal )?disclaimer"
    r"|confidentiality|confidential(?:ity)? notice|notice:|important(?: notice)?:|privileged|please consider the environment"
    r"|if you (?:are not|have received)"
    r"|diese (?:e-?mail|nachricht)|der inhalt dieser|vertraulich|ce (?:message|courriel|mail)|cet e-?mail|le contenu de ce"
    r"|avis de confidentialité"
    r"|este (?:mensaje|correo|e-?mail|mensagem)|esta mensagem|aviso (?:legal|de confidencialidad)|la información contenida"
    r"|questo (?:messaggio|documento)|questa e-?mail"
    r"|le informazioni contenute|avvertenza|dit (?:bericht|e-?mail)|deze e-?mail|de informatie in|ta wiadomość|niniejsza wiadomość"
    r"|treść tej wiadomości|detta (?:meddelande|mail)|denne (?:e-?post|e-?mail|mail)"
    r"|tato zpráva|настоящее сообщение|данное сообщение|это сообщение|це повідомлення|bu e-?posta|bu mesaj|本邮件"
    r"|この(?:電子)?メール|본 메일)",
    re.IGNORECASE,
)
_DISCLAIMER_WORD = re.compile(
    r"confidential|privileged|intended (?:solely|only|for|recipient)|recipient|unauthori[sz]ed|disclos|delete|in error|liab|virus"
    r"|printing this"
    r"|vertraulich|empfänger|irrtümlich|vernichten|unbefugt|confidentiel|destinataire|erreur|confidencial|destinatari|autorizad"
    r"|eliminar|por error"
    r"|riservat|errore|vertrouwelijk|geadresseerde|poufn|adresat|konfidentiel|fortrolig|konfidentsiaal|mottagare|modtager|důvěrn"
    r"|конфиденциал|адресат"
    r"|конфіденц|gizli|alıcı|机密|機密|收件人|受信者|기밀",
    re.IGNORECASE,
)
_NOT_A_SIGNATURE = re.compile(
    r"\?\s*$|x-trace|trace.?id|curl |^[{}\[]|\bHTTP/\d|^(?:GET|POST|PUT|PATCH|DELETE) |^\s*[-+*] \S|^\d+[.)] ", re.IGNORECASE
)


def begins_at(raw: Sequence[str], plain: Sequence[str]) -> int:
    """The index at which the signature of one stretch of new text begins; `len(plain)` when there is none.

    `raw` are the lines as received (the delimiter is "-- " with its space, RFC 3676 section 4.3), `plain` the normalised ones.
    """
    end = _without_closing(plain, len(plain))
    for i in range(max(0, end - 4 * MAX_DELIMITED_LINES), end):
        if plain[i] in ("--", "—") and _is_delimiter(raw, plain, i, end):
            return i
    return end


def _without_closing(plain: Sequence[str], end: int) -> int:
    """Take device lines and disclaimers off the end, in any order."""
    while True:
        last = end - 1
        while last >= 0 and not plain[last]:
            last -= 1
        if last < 0:
            return end
        if is_device_line(plain[last]):
            end = last
        elif (start := _disclaimer_start(plain, last)) is not None:
            end = start
        else:
            return end


def is_device_line(line: str) -> bool:
    """ "Sent from my iPhone", "Get Outlook for iOS": the whole line consists of such words, so that prose that begins alike is none."""
    if not line or len(line) > 160 or line.endswith((":", "?")):
        return False
    text = _LINK.sub(" ", line).casefold().strip(" .*_-<>[]")
    if len(text) > 90 or not text:
        return False
    if _ANY_LANGUAGE.fullmatch(text):
        return True
    prefix = next((p for p in _PREFIXES if text.startswith(p + " ")), None)
    if prefix is None:
        return False
    rest = text if "outlook" in prefix or prefix in ("get bluemail", "outlook für") else text[len(prefix) :]
    words = [word.strip(".'’-") for word in _TOKEN.findall(rest)]
    devices = sum(_is_device(word) for word in words)
    if rest is text:
        return devices >= 1 and len(words) <= 9
    return devices >= 1 and all(_is_device(w) or w in _CONNECTORS or w[:1].isdigit() or not w or w in _TAIL_WORDS for w in words)


_ENDINGS = "gesendet gesendet. versendet envoyé lähetetty enviado meu meo mou μου készülékemről omról telefonului telefonul my сети"
_TAIL_WORDS = frozenset(_ENDINGS.split())


def _is_device(word: str) -> bool:
    return word.startswith(_DEVICE_ROOTS) and len(word) <= 18


def _disclaimer_start(plain: Sequence[str], last: int) -> int | None:
    """The first line of the last paragraph, if it reads like a disclaimer (a known opening and two words of the trade)."""
    start = last
    while start > 0 and plain[start - 1] and last - start < MAX_DISCLAIMER_LINES:
        start -= 1
    for i in range(start, last + 1):
        if _DISCLAIMER_OPENING.match(plain[i]):
            words = {m.casefold() for line in plain[i : last + 1] for m in _DISCLAIMER_WORD.findall(line)}
            alone = "please consider the environment" in plain[i].casefold() and last - i <= 2
            return i if alone or len(words) >= 2 else None
    return None


def _is_delimiter(raw: Sequence[str], plain: Sequence[str], at: int, end: int) -> bool:
    below = [line for line in plain[at + 1 : end] if line]
    if raw[at].startswith("--") and raw[at] != raw[at].rstrip() and len(below) <= MAX_DELIMITED_LINES:
        return not any(_NOT_A_SIGNATURE.search(line) for line in below[MAX_BARE_LINES:])
    if not below:
        return True
    if len(below) > MAX_BARE_LINES or any(len(line) > 100 or _NOT_A_SIGNATURE.search(line) for line in below):
        return False
    return bool(plain[at + 1])
