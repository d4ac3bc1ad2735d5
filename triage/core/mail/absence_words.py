"""How programs title the answers they write for absent people, in many languages. Data only; `automatic` reads it, as the last resort.

Compared after NFKC and casefold. `ANSWER_TITLES` are names of a machine's answer; `ABSENCE_TITLES` may be a person's words as well.
"""

from __future__ import annotations

from triage.core.mail.phrases import phrases

ANSWER_TITLES = phrases(
    """
    automatic reply | automatic response | automatic answer | automated reply | automated response | automated answer | auto reply |
    auto-reply | autoreply | auto response | auto-response | autoresponse | auto responder | autoresponder | auto-responder |
    auto answer | autoanswer | automatic email reply | automatic notification | out of office autoreply | out of office auto-reply |
    out of office reply | out-of-office reply | out of office response | out of the office reply | vacation reply |
    vacation response | vacation autoreply | vacation auto-reply | out of office automatic reply | out of office message |
    out of office notification | automatische antwort | automatische antwortmail | automatische rückantwort |
    automatische abwesenheitsnotiz | abwesenheitsnotiz | abwesenheitsmeldung | abwesenheitsnachricht | abwesenheitsbenachrichtigung |
    abwesenheitsassistent | automatische e-mail-antwort | automatische eingangsbestätigung | autoantwort | auto-antwort |
    réponse automatique | reponse automatique | réponse auto | message d'absence | notification d'absence | avis d'absence |
    réponse d'absence | message d'absence du bureau | réponse automatique d'absence | accusé de réception automatique |
    respuesta automática | respuesta automatica | contestación automática | autorespuesta | auto respuesta | mensaje de ausencia |
    respuesta automàtica | resposta automàtica | notificación de ausencia | aviso de ausencia | resposta automática |
    resposta automatica | auto resposta | auto-resposta | autoresposta | aviso de ausência | mensagem de ausência |
    resposta de ausência temporária | mensagem automática | ausência temporária | risposta automatica | risposta automatizzata |
    risponditore automatico | messaggio di assenza | avviso di assenza | autorisposta | automatisch antwoord | automatische reactie |
    automatisch bericht | afwezigheidsbericht | afwezigheidsmelding | autoreactie | automatsvar | automatiskt svar | autosvar |
    automatisk svar | frånvaromeddelande | fraværsbesked | fraværsmelding | automatisk meddelelse | sjálfvirkt svar |
    automaattinen vastaus | poissaoloilmoitus | automaatvastus | automātiskā atbilde | automatinis atsakymas | automatiška atsakymas |
    automātiska atbilde | automatyczna odpowiedź | odpowiedź automatyczna | autoodpowiedź | automatická odpověď |
    automatická odpoveď | automatikus válasz | răspuns automat | raspuns automat | automatski odgovor | samodejni odgovor |
    automatsko odgovaranje | аутоматски одговор | автоматичен отговор | автоматски одговор | автоматический ответ | автоответ |
    автоматична відповідь | автовідповідь | аўтаматычны адказ | автоматты жауап | αυτόματη απάντηση | otomatik yanıt |
    otomatik cevap | avtomatik cavab | תשובה אוטומטית | מענה אוטומטי | رد تلقائي | الرد التلقائي | پاسخ خودکار | स्वचालित उत्तर |
    স্বয়ংক্রিয় উত্তর | ตอบกลับอัตโนมัติ | การตอบกลับอัตโนมัติ | trả lời tự động | thư trả lời tự động | balasan otomatis |
    jawaban otomatis | balasan automatik | awtomatikong tugon | 自动回复 | 自动答复 | 自動回覆 | 自動回復 | 自動回信 | 自動返信 |
    自動応答 | 自動送信 | 不在通知 |
    不在自動応答 | 不在応答 | 자동 회신 | 자동회신 | 자동 응답 | 자동응답 | 부재중 자동 응답 | 부재중 알림
    """
)

OFFICE_TITLES = phrases("out of office | out of the office | out-of-office | ooo | abwesenheit | absence du bureau | fuera de la oficina")
"""The absence titles that hardly anybody gives to anything else before a colon."""

ABSENCE_TITLES = phrases(
    """
    out of office | out of the office | out-of-office | ooo | vacation | on vacation | on holiday | on holidays | on annual leave |
    on leave | annual leave | away from my mail | away from the office | away from office | away | holiday notice | vacation notice |
    i am out of the office | i am away | i'm out of the office | i am on vacation | i am on leave | currently out of office |
    parental leave | maternity leave | paternity leave | sabbatical | abwesend | abwesenheit | ich bin nicht im büro | nicht im büro |
    außer haus | im urlaub | urlaub | urlaubsvertretung | absence | absence du bureau | absent du bureau | absente du bureau |
    absent(e) du bureau | en congé | en congés | absent | congés | fuera de la oficina | fuera de oficina | ausente de la oficina |
    ausencia | de vacaciones | vacaciones | fora do escritório | fora do escritorio | ausente do escritório | ausência do escritório |
    ausência | férias | de férias | fuori sede | fuori ufficio | assente dall'ufficio | assenza dall'ufficio | assente | in ferie |
    assenza | afwezig | afwezigheid | niet aanwezig | op vakantie | frånvaro | frånvarande | på semester | ikke til stede |
    ikke på kontoret | fravær | på ferie | poissa | poissa toimistosta | lomalla | nieobecność | poza biurem | urlop |
    nieobecny w biurze | mimo kancelář | nepřítomnost | mimo kanceláriu | neprítomnosť | házon kívül | szabadságon |
    absent din birou | în concediu | вне офиса | нет на месте | отпуск | в отпуске | відпустка | извън офиса | εκτός γραφείου |
    ofis dışında | izinde | ofis dışı | מחוץ למשרד | خارج المكتب | 不在 | 休暇 | 外出 | 부재중 | 휴가 | 外出通知 | 休假 |
    不在办公室 | 不在辦公室
    """
)

ABSENCE_TEXT = phrases(
    """
    out of the office | out of office | out-of-office | on vacation | on holiday | on leave | annual leave | parental leave |
    maternity leave | will be back | will return | i am away | i'm away | am currently away | limited access to | no access to my |
    return to the office | in my absence | during my absence | nicht im büro | abwesend | nicht im haus | in meiner abwesenheit |
    im urlaub | absent du bureau | je suis absent | mon absence | de retour le | en congé | fuera de la oficina | mi ausencia |
    de vacaciones | fora do escritório | minha ausência | de férias | fuori ufficio | fuori sede | sono assente | mia assenza |
    in ferie | afwezig | op vakantie | på semester | inte på kontoret | ikke på kontoret | på ferie | poissa | lomalla | nieobecn |
    poza biurem | na urlopie | mimo kancelář | szabadságon | în concediu | в отпуске | буду отсутствовать | вне офиса | ofis dışında |
    izinde | 不在 | 休暇 | 休假 | 부재중 | 휴가
    """
)
"""What an absence note says, whoever wrote it."""

MACHINE_TEXT = phrases(
    """
    this is an automated | this is an automatic | this is an auto- | this is an autoreply | this e-mail was sent automatically |
    this email was sent automatically | this message was generated automatically | this message was automatically generated |
    this message was sent automatically | automatically generated e-mail | automatically generated email |
    automatically generated message | please do not reply to this | do not reply to this e | please do not respond to this |
    this mailbox is not monitored | this inbox is not monitored | sent from an unmonitored | this is a system generated |
    this is a system-generated | dies ist eine automati | diese e-mail wurde automatisch | diese nachricht wurde automatisch |
    bitte antworten sie nicht auf diese | ceci est un message automatique | ceci est une réponse automatique |
    ce message est généré automatiquement | merci de ne pas répondre | este es un mensaje automático |
    esta es una respuesta automática | por favor no responda | no responda a este | esta é uma mensagem automática |
    esta é uma resposta automática | favor não responder | por favor não responda | não responda este |
    questo è un messaggio automatico | questa è una risposta automatica | si prega di non rispondere | dit is een automatisch |
    dit is een geautomatiseerd | to jest automatyczn | wiadomość wygenerowana automatycznie | prosimy nie odpowiadać |
    это автоматическ | это письмо сформировано автоматически | det här är ett automatiskt | dette er en automatisk |
    tämä on automaattinen | bu otomatik | 本邮件由系统自动 | 此邮件为系统自动 | このメールは自動 | 자동으로 발송
    """
)
"""What a machine's text says of itself. Never enough alone: people quote it."""

RECEIPT_TITLES = phrases(
    """
    request received | request has been received | received your request | received your message | received your email |
    received your e-mail | received your ticket | received your inquiry | received your enquiry | ticket received | ticket created |
    ticket opened | ticket has been created | ticket has been opened | ticket has been received | case created | case opened |
    case has been created | case has been opened | incident opened | incident created | incident has been opened |
    thank you for contacting | thanks for contacting | thank you for your message | thank you for your email |
    thank you for your e-mail | acknowledgement of | acknowledgment of | eingangsbestätigung | bestätigung ihrer anfrage |
    ihre anfrage ist eingegangen | ihre anfrage wurde | ihr ticket wurde | accusé de réception | nous avons bien reçu |
    votre demande a | acuse de recibo | hemos recibido su | solicitud recibida | recebemos a sua | recebemos sua |
    solicitação recebida | conferma di ricezione | abbiamo ricevuto la | richiesta ricevuta | ontvangstbevestiging |
    we hebben uw | potwierdzenie otrzymania | otrzymaliśmy | potwierdzenie przyjęcia | ваше обращение | ваш запрос принят |
    受付完了 | お問い合わせを受け付け | 已收到您的 | 접수되었습니다
    """
)
RECEIPT_TEXT = phrases(
    """
    is an automated | is an automatic | automatically generated | has been automatically | automatisch generiert |
    automatisch erstellt | automatische nachricht |
    message automatique | généré automatiquement | envoyé automatiquement | mensaje automático | generado automáticamente |
    mensagem automática | gerada automaticamente | messaggio automatico | generato automaticamente | automatisch bericht |
    automatisch gegenereerd | wiadomość automatyczn | wygenerowana automatycznie | automatisk besked | automatiskt meddelande |
    сформировано автоматически | автоматическое | 自動送信 | 自動配信 | 自动发送 | 자동 발송 |
    a ticket has been created | a ticket has been opened | a case has been created | a case has been opened | your ticket number is |
    your case number is | your reference number is | ihre ticketnummer lautet | votre numéro de ticket est | номер вашего обращения
    """
)
"""What the receipt of a ticket system says; counts with such a title only."""
