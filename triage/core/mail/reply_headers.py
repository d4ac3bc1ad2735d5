"""Header blocks and separators that mail clients put above quoted or forwarded text ("From: / Sent: / To: / Subject:", "
""-----Original Message-----").

Decides where such a block starts and ends, who it names as the author, and whether a separator announces a quote or a forward. It never
decides what becomes of the text below: `new_text` does. Header dumps pasted on purpose (with Received, Message-ID, ...) are not blocks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

MAX_BLOCK_LINES = 40


class Separator(Enum):
    ORIGINAL = "original"
    FORWARD = "forward"


class Field(Enum):
    FROM = "from"
    SENT = "sent"
    TO = "to"
    CC = "cc"
    SUBJECT = "subject"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Block:
    """Header lines `start` to `end` (exclusive); `author` is the value of the From line as written."""

    start: int
    end: int
    author: str


_LABELS = {
    Field.FROM: "from|von|de|da|van|od|från|fra|lähettäjä|от|от кого|від|від кого|kimden|gönderen|差出人|送信者|发件人|寄件者"
    "|寄件人|보낸 사람|보낸사람"
    "|보낸이|feladó|expeditor|de la|expéditeur|remitente|mittente|afzender|nadawca|avsändare|afsender|avsender|odesílatel"
    "|отправитель|відправник"
    "|από|dari|từ|จาก|من|מאת|saatja|nuo|šalje|pošiljatelj|подател",
    Field.SENT: "sent|date|sent on|gesendet|gesendet am|datum|envoyé|envoyé le|date d'envoi|enviado|enviado el|enviado em|enviada"
    "|enviada em|fecha"
    "|data|inviato|data invio|verzonden|wysłano|wysłane|skickat|sendt|dato|lähetetty|päivämäärä|päiväys|odesláno|odoslané|отправлено|дата"
    "|надіслано|відправлено|gönderildi|gönderme tarihi|gönderilme tarihi|tarih|送信日時|日付|日時|发送时间|发送日期|寄件日期"
    "|傳送日期|日期|時間|时间"
    "|보낸 날짜|날짜|보낸시간|보낸 시간|elküldve|dátum|trimis|ημερομηνία|στάλθηκε|εστάλη|dikirim|tanggal|đã gửi|ngày|วันที่|ส่ง"
    "|تاريخ|التاريخ"
    "|تم الإرسال|נשלח|תאריך|poslano|изпратено",
    Field.TO: "to|an|à|para|a|aan|naar|do|till|til|vastaanottaja|komu|кому|до|kime|alıcı|宛先|收件人|收件者|받는 사람|받는사람"
    "|címzett|către|catre"
    "|προς|kepada|đến|tới|ถึง|إلى|אל|destinataire|destinatario|destinatário|empfänger|za|до кого|получатель",
    Field.CC: "cc|cc (copy)|kopie|kopie (cc)|copie|copie à|kopia|kopi|kopio|копия|копія|bilgi|抄送|副本|参照|참조|másolatot kap"
    "|másolat|κοιν.|κοιν"
    "|κοινοποίηση|dw|do wiadomości|cópia|copia|kópia",
    Field.SUBJECT: "subject|betreff|objet|sujet|asunto|assunto|oggetto|onderwerp|temat|ämne|emne|aihe|předmět|predmet|тема|konu|件名|主题"
    "|主題|主旨|제목"
    "|tárgy|subiect|θέμα|subjek|perihal|chủ đề|tiêu đề|เรื่อง|หัวเรื่อง|الموضوع|נושא|assumpte|teema|tēma|tema|zadeva|naslov|относно"
    "|objekt",
    Field.OTHER: "bcc|reply-to|reply to|importance|sensitivity|priority|attachments|wichtigkeit|anlagen|antwort an|importancia|prioridad"
    "|répondre à|importance :"
    "|pièces jointes|rispondi a|priorità|allegati|bijlagen|urgentie|załączniki|when|where|organization|mailed-by|signed-by|required"
    "|optional",
}
_FIELD_BY_LABEL = {label.casefold(): field for field, labels in _LABELS.items() for label in labels.split("|")}

_TECHNICAL = re.compile(
    r"(?:received|return-path|message-id|mime-version|dkim-signature|content-(?:type|transfer-encoding|language)|delivered-to"
    r"|authentication-results"
    r"|arc-[a-z-]+|references|in-reply-to|list-[a-z-]+|thread-(?:topic|index)|x-[a-z0-9-]+|user-agent|feedback-id|auto-submitted"
    r"|host|accept"
    r"|authorization):",
    re.IGNORECASE,
)

_ORIGINAL = (
    "original message|original appointment|original email|original mail"
    "|please type your reply above this line|please reply above this line|reply above this line|write above this line"
    "|reply message|replied message|ursprüngliche nachricht"
    "|originalnachricht"
    "|original-nachricht|original nachricht|originale nachricht|message d'origine|message d’origine|message original"
    "|message initial|mail original"
    "|mensaje original|mensagem original|messaggio originale|messaggio originario|oorspronkelijk bericht|origineel bericht"
    "|originalbericht"
    "|oryginalna wiadomość|wiadomość oryginalna|wiadomość pierwotna|pierwotna wiadomość|originalmeddelande|ursprungligt meddelande"
    "|ursprungsmeddelande|oprindelig meddelelse|original meddelelse|oprindelig besked|original besked|opprinnelig melding"
    "|original melding"
    "|alkuperäinen viesti|původní zpráva|původní e-mail|pôvodná správa|исходное сообщение|оригинальное сообщение|первоначальное сообщение"
    "|исходное письмо|вихідне повідомлення|оригінальне повідомлення|початкове повідомлення|orijinal mesaj|orijinal ileti"
    "|özgün ileti|özgün mesaj"
    "|元のメッセージ|元のメール|original mail|原始邮件|原始郵件|原邮件|原郵件|原始訊息|邮件原件|원본 메시지|원본 메일|원본메일"
    "|eredeti üzenet|mesaj original|mesajul original"
    "|mesaj inițial|αρχικό μήνυμα|pesan asli|thư gốc|tin nhắn gốc|ข้อความต้นฉบับ|الرسالة الأصلية|رسالة أصلية|הודעה מקורית"
    "|missatge original"
    "|algne kiri|originali žinutė|izvirno sporočilo|izvorna poruka|originalna poruka|оригинално съобщение"
)
_FORWARD = (
    "forwarded message|forwarded email|forwarded mail|forwarded conversation|forward message|weitergeleitete nachricht"
    "|weitergeleitete e-mail"
    "|weitergeleitete mail|message transféré|message réexpédié|message transmis|courriel transféré|mensaje reenviado|mensagem encaminhada"
    "|mensagem reencaminhada|mensagem reenviada|messaggio inoltrato|doorgestuurd bericht|doorgezonden bericht|wiadomość przekazana"
    "|przekazana wiadomość|przekazywana wiadomość|treść przekazanej wiadomości|treść przekazywanej wiadomości|vidarebefordrat meddelande"
    "|vidarebefordrat mail|vidarebefordrat brev|videresendt meddelelse|videresendt besked|videresendt melding|videresendt e-post"
    "|välitetty viesti"
    "|edelleenlähetetty viesti|přeposlaná zpráva|přeposlaný e-mail|preposlaná správa|пересылаемое сообщение|пересланное сообщение"
    "|пересылаемое письмо|перенаправленное сообщение|переадресованное сообщение|переслане повідомлення|повідомлення, що пересилається"
    "|iletilmiş mesaj|iletilmiş ileti|iletilen mesaj|iletilen ileti|yönlendirilmiş ileti|yönlendirilmiş mesaj|yönlendirilen ileti"
    "|転送メッセージ"
    "|転送されたメッセージ|転送メール|转发的邮件|转发邮件|转发邮件信息|轉寄郵件|轉寄的郵件|轉寄訊息|전달된 메시지|전달된 메일"
    "|전달 메일|továbbított üzenet|továbbított levél"
    "|mesaj redirecționat|mesaj redirectionat|mesaj retransmis|προωθημένο μήνυμα|προωθούμενο μήνυμα|pesan terusan|pesan yang diteruskan"
    "|thư được chuyển tiếp|tin nhắn được chuyển tiếp|ข้อความที่ส่งต่อ|رسالة معاد توجيهها|הודעה שהועברה|missatge reenviat"
    "|proslijeđena poruka"
    "|posredovano sporočilo|препратено съобщение"
)
_BEGIN_FORWARD = (
    "begin forwarded message|start of forwarded message|anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail"
    "|début du message réexpédié|début du message transféré|inicio del mensaje reenviado|início da mensagem encaminhada"
    "|início da mensagem reencaminhada|inizio messaggio inoltrato|inizio del messaggio inoltrato|begin doorgestuurd bericht"
    "|begin van doorgestuurd bericht|początek przekazywanej wiadomości|początek przekazanej wiadomości|vidarebefordrat brev"
    "|startar vidarebefordrat brev|start på videresendt besked|start på videresendt melding|videresendt melding|videresendt besked"
    "|välitetty viesti alkaa|začátek přeposlané zprávy|začiatok preposlanej správy|начало переадресованного сообщения"
    "|начало пересылаемого сообщения|початок листа, що пересилається|початок переадресованого повідомлення|iletilen ileti başlangıcı"
    "|yönlendirilen ileti başlangıcı|iletilmiş iletinin başlangıcı|転送されたメッセージ|以下は転送されたメッセージです"
    "|下面是被转发的邮件|开始转发的邮件|以下是转发的邮件"
    "|開始轉寄郵件|以下是被轉寄的郵件|전달된 메시지|다음은 전달된 메시지입니다|továbbított levél kezdete"
    "|începutul mesajului redirecționat"
    "|început mesaj redirecționat|αρχή προωθημένου μηνύματος"
)


def _folded(phrase: str) -> str:
    """Without case, and without the dot that folding leaves over a Turkish i."""
    return phrase.casefold().replace("\u0307", "")


_ORIGINAL_SET = frozenset(_folded(phrase) for phrase in _ORIGINAL.split("|"))
_FORWARD_SET = frozenset(_folded(phrase) for phrase in _FORWARD.split("|"))
_BEGIN_SET = frozenset(_folded(phrase) for phrase in _BEGIN_FORWARD.split("|"))
_DASHES = "-=_*–—~# <>|"
_FORWARDED_BY = re.compile(r"(?:forwarded (?:by|message from)|weitergeleitet von|réexpédié par|transféré par|reenviado por|inoltrato da) ")
_SUBJECT_FORWARD = re.compile(
    r"\s*(?:\[[^\]]{1,40}\]\s*)?(?:fwd?|fw|wg|tr|rv|enc|i|doorst|vb|vl|pd|trs|ilt|i̇lt|yön|továbbítás|редирект|пересл|перенапр"
    r"|转发|轉寄|转寄|転送|전달|προωθ|πρθ)\s*[:：]",
    re.IGNORECASE,
)
_RULER = re.compile(r"(?:_{5,}|-{5,}|={5,}|\*{5,}|—{3,})")
_RUN = re.compile(r"[-=_*–—~]{2,}")
_RULED = ("_____", "-----", "=====", "*****", "———")


def is_forward_subject(subject: str) -> bool:
    """Begins with a forwarding prefix ("Fwd:", "WG:", "TR:", ...). "VS:" is a reply in Finland and a forward in Norway: not one here."""
    return _SUBJECT_FORWARD.match(subject[:200]) is not None


def is_ruler(line: str) -> bool:
    return line.startswith(_RULED) and _RULER.fullmatch(line) is not None


def separator(line: str) -> Separator | None:
    """What a line announces. Dashes are needed ("-----Original Message-----"), or the fixed words of Apple Mail with a colon."""
    if len(line) > 300 or len(line) < 4 or line.startswith(">"):
        return None
    bare = line.lstrip(_DASHES)
    dashes = len(line) - len(bare)
    if dashes < 2 and not bare.rstrip(_DASHES).endswith((":", "：")):
        return None
    core = _RUN.split(bare, maxsplit=1)[0].strip(_DASHES + ":：.")
    core = _folded(core)
    if core in _BEGIN_SET and bare.rstrip(_DASHES).endswith((":", "：")):
        return Separator.FORWARD
    if dashes < 2:
        return None
    if core in _FORWARD_SET or _FORWARDED_BY.match(core):
        return Separator.FORWARD
    return Separator.ORIGINAL if core in _ORIGINAL_SET and len(bare) > len(core) else None


def is_original_title(line: str) -> bool:
    """The words of a separator without its dashes: only meaningful straight above a header block."""
    return len(line) < 80 and _folded(line.strip(_DASHES + ":：")) in _ORIGINAL_SET


def fields_above(lines: Sequence[str], start: int) -> int:
    """Where recipients and subject above an attribution begin, with their ruler (Yandex); `start` when there are none."""
    first = start
    while first > max(0, start - 4) and (found := _field(lines[first - 1])) is not None and found[0] in (Field.TO, Field.CC, Field.SUBJECT):
        first -= 1
    return first - 1 if 0 < first < start and is_ruler(lines[first - 1]) else first


def block_at(lines: Sequence[str], start: int) -> Block | None:
    """A header block that starts at this line. `lines` are normalised; a bold `*From:*` and one blank line between fields are allowed."""
    first = _field(lines[start])
    if first is None or first[0] in (Field.OTHER, Field.CC):
        return None
    if _is_single_line(lines[start]):
        return Block(start, start + 1, re.split(r"\s+\S+[:：]", first[1], maxsplit=1)[0].strip(" *"))
    seen, end = _walk(lines, start)
    values = dict(reversed(seen))
    if not _complete(values) or _in_dump(lines, start, end):
        return None
    return Block(start, end, values[Field.FROM].strip(" *_"))


def _walk(lines: Sequence[str], start: int) -> tuple[list[tuple[Field, str]], int]:
    """The fields from `start` on and the line after the last of them."""
    seen: list[tuple[Field, str]] = []
    end = i = start
    loose = 0
    while i < len(lines) and i - start < MAX_BLOCK_LINES:
        found = _field(lines[i])
        if found is not None and (found[0] is Field.OTHER or found[0] not in (f for f, _ in seen)):
            seen.append(found)
            end, loose = i + 1, 0
        elif found is not None or not seen:
            break
        else:
            loose += 1
            if not _continues(lines[i], seen[-1][0], loose) or (not lines[i] and _complete(dict(seen)) and not _field_soon(lines, i, seen)):
                break
        i += 1
    if loose > 0 and end < len(lines) and lines[end] and seen and seen[-1][0] in (Field.TO, Field.CC):
        end = _address_lines(lines, end)
    return seen, end


def _continues(line: str, field: Field, loose: int) -> bool:
    """A line that is no field: a blank one, a wrapped value, or more addresses."""
    if not line:
        return loose <= 2
    if field in (Field.TO, Field.CC, Field.FROM) and ("@" in line or ";" in line):
        return loose <= 20
    return loose <= 1 and len(line) <= 120


def _field_soon(lines: Sequence[str], i: int, seen: Sequence[tuple[Field, str]]) -> bool:
    following = _field(lines[i + 1]) if i + 1 < len(lines) else None
    return following is not None and following[0] not in (f for f, _ in seen)


def _address_lines(lines: Sequence[str], i: int) -> int:
    while i < len(lines) and lines[i] and ("@" in lines[i] or lines[i].endswith(";")):
        i += 1
    return i


def _complete(values: dict[Field, str]) -> bool:
    """From, Subject and Sent; or From with an address and To. "From: GBP / To: EUR / Subject: fees" is a payment, not a mail."""
    if Field.FROM not in values or not values[Field.FROM]:
        return False
    addressed = "@" in values[Field.FROM]
    if Field.SUBJECT in values:
        return Field.SENT in values or (Field.TO in values and addressed)
    return addressed and Field.SENT in values and Field.TO in values


def _field(line: str) -> tuple[Field, str] | None:
    """(field, value) of a line such as "*From:* Jane" or "De : Jane"."""
    if not line or line[0] in "{[<>":
        return None
    bare = line.lstrip("*_ |")
    head, colon, _ = bare[:40].replace("：", ":").partition(":")
    if not colon:
        return None
    field = _FIELD_BY_LABEL.get(head.strip(" *_\u200b").casefold())
    return None if field is None else (field, bare[len(head) + 1 :].strip(" *_|"))


def _is_single_line(line: str) -> bool:
    """All fields on one line, as careless HTML conversions leave them."""
    if len(line) < 40:
        return False
    labels = {_FIELD_BY_LABEL.get(word.strip("*:：").casefold()) for word in line.split() if word.rstrip("*").endswith((":", "："))}
    return {Field.FROM, Field.SUBJECT} <= labels and bool(labels & {Field.SENT, Field.TO}) and "@" in line


def _in_dump(lines: Sequence[str], start: int, end: int) -> bool:
    """Technical header fields in or next to the block: somebody pasted a header on purpose."""
    return any(_TECHNICAL.match(line) for line in lines[max(0, start - 2) : end + 2])
