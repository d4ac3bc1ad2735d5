"""The words by which mail systems say that a mail was not delivered. Data only; `bounces` and `reports` read it.

Everything is compared after NFKC and casefold with single spaces. Subjects must begin with their phrase, so that "Fwd: Undeliverable"
and "Re: failure notice", which people write, are none.
"""

from __future__ import annotations

from triage.core.mail.phrases import phrases

DAEMON_NAMES = phrases(
    """
    mail delivery subsystem | mail delivery system | mail delivery service | mailer-daemon | mail administrator | mail system |
    system administrator | internet mail delivery | delivery subsystem | delivery system | postmaster | mailer daemon |
    administrateur système | systemadministrator | administrador del sistema | microsoft outlook | mail service
    """
)
DAEMON_LOCAL_PARTS = frozenset(
    phrases(
        """
        amazonses | bounce | bounces | complaints | mail-daemon | mail-delivery-subsystem | mail-delivery-system |
        mail.delivery.system | mail_delivery_subsystem | maildaemon | maildelivery | mailer-daemon | mailer.daemon |
        mailer_daemon | mailerdaemon | mdaemon | microsoftexchange | ndr | non-delivery | postmaster |
        symantec_antivirus_for_smtp_gateways
        """
    )
)

SUBJECTS = phrases(
    """
    undeliverable | undelivered | returned mail | returned e-mail | returned to sender | return to sender | returning message |
    mail returned | message returned | mail delivery | mail failure | mail failed | mail could not be | mail system error |
    mail not delivered | mail undeliverable | mail error | mail rejected | message not delivered | message undeliverable |
    message delivery | message could not be | message status - undeliverable | message delayed | message blocked | message rejected |
    delivery failure | delivery failed | delivery notification | delivery status | delivery delayed | delivery has failed |
    delivery problem | delivery error | delivery report | delivery unsuccessful | delivery incomplete | delivery attempt |
    failure notice | failure delivery | failure notification | failed delivery | failed mail | failed to deliver | failed message |
    permanent delivery failure | permanent failure | temporary delivery failure | non-delivery | nondeliverable | non delivery |
    nondelivery | ndn: | ndr: | could not deliver | couldn't deliver | unable to deliver | can't deliver | cannot deliver |
    cannot send mail | could not send | warning: message | warning: could not send | warning: unable | warning: delayed |
    warning: e-mail | warning: mail | warning: your message | delayed mail | delayed: | delayed message | delayed delivery |
    processing error | email delivery | e-mail delivery | email not delivered | email could not | e-mail could not |
    email undeliverable | email rejected | rejected: | rejected mail | address not found | user unknown | unknown user |
    automatically rejected mail | postmaster notify | your mail could not | your message could not | your email could not |
    your message was not delivered | your mail was not delivered | the message could not | sorry, your message | bounce |
    invalid address | notice: mail delivery | message you sent blocked | there was an error sending | your message has been blocked |
    dsn: | error sending | problem delivering | notification: mail | mailbox full | mailbox unavailable | quota exceeded |
    delivered: | relayed: | expanded: | successful mail delivery | delivery receipt | delivery confirmation | unzustellbar |
    nicht zustellbar | nicht zugestellt | nachricht unzustellbar | zustellung fehlgeschlagen | zustellfehler | mail konnte nicht |
    ihre nachricht konnte nicht | ihre e-mail konnte nicht | rückläufer | verzögerte zustellung | non remis | message non distribu |
    message non remis | non distribuable | échec de la remise | échec de remise | remise différée | echec de la remise |
    avis de non-remise | échec de distribution | courriel non remis | courrier non remis | notification d'état |
    no se puede entregar | no se pudo entregar | no entregado | no entregable | mensaje no entregado | correo devuelto | devuelto |
    error en la entrega | error de entrega | notificación de estado | fallo en la entrega | entrega fallida | entrega retrasada |
    não entregue | não foi possível entregar | falha na entrega | mensagem não entregue | notificação de falha | entrega atrasada |
    notificação de status | não é possível entregar | non recapitabile | non recapitato | mancata consegna | impossibile recapitare |
    notifica di mancato recapito | messaggio non consegnato | mancato recapito | avviso di mancata consegna | consegna ritardata |
    onbestelbaar | niet bezorgd | niet afgeleverd | kan niet worden bezorgd | bezorging mislukt | aflevering mislukt |
    kunne ikke leveres | kan ikke leveres | ikke leveret | ikke levert | kan inte levereras | olevererbart | kunde inte levereras |
    toimitus epäonnistui | ei voitu toimittaa | viestiä ei voitu | viestin toimitus | perillemeno epäonnistui | nie można dostarczyć |
    niedostarczone | niedostarczalne | nie dostarczono | niedoręczona | zwrot nadawcy | błąd dostarczania | nedoručitelné |
    nedoručeno | nelze doručit | nedoručiteľné | kézbesíthetetlen | sikertelen kézbesítés | nelivrabil | не удалось доставить |
    недоставленное | не доставлено | недоставлено | сообщение не доставлено | ваше сообщение не | письмо не | не може бути доставлен |
    недоставена | μη παραδοτέο | αδυναμία παράδοσης | teslim edilemedi | iletilemedi | gönderilemedi | לא ניתן למסור | تعذر التسليم |
    غير قابل للتسليم | ส่งไม่ได้ | không gửi được | tidak terkirim | gagal terkirim | 配信不能 | 配信不可 | 配達不能 | 配信エラー |
    送信エラー | 不达 | 未送达 |
    无法送达 | 无法投递 | 無法傳送 | 無法傳遞 | 退信 | 系统退信 | 投递失败 | 傳送失敗 | 送达失败 | 未傳遞 | 배달되지 않음 |
    배달할 수 없음 | 전송 실패 | 반송
    """
)
"""How the subject of a delivery report begins."""

SUBJECT_ENDINGS = phrases(
    """
    : non remis | could not be delivered. | could not be delivered | (failure) | (delay) | (delayed) | returned to sender
    """
)

STRONG_TEXT = phrases(
    """
    this is the qmail-send program | this is the deliver program at | was created automatically by mail delivery software |
    this is the mail system at host | this is the postfix program at | this is the mail delivery agent at | this is the mailer at |
    had permanent delivery errors | had delivery problems | your message could not be sent | message non-deliverable |
    had permanent fatal errors | had transient non-fatal errors | transcript of session follows | unsent message follows |
    this is an automatically generated delivery status notification | permanent fatal delivery errors | rcpt to generated following |
    delivery has failed to these recipients | did not reach some or all of the intended recipients | failed addresses follow |
    did not reach the following recipient | the following recipient(s) could not be reached | delivery to the following recipient |
    delivery to these recipients | unable to deliver message to | message from interscan | delivery failure notification message |
    i'm afraid i wasn't able to deliver your message | i was not able to deliver your message | error-for: | returned mail follows |
    your message wasn't delivered to | your message couldn't be delivered | your message could not be delivered |
    mail delivery failed | your message was not delivered | was not delivered to: | this report relates to |
    message not delivered to the following | an error occurred while trying to deliver | could not deliver message to the following |
    your message cannot be delivered | message that you sent could not be delivered | email you sent could not be delivered |
    the following message to | non-delivery report | message has been returned | mail has been returned |
    mail could not be delivered | message could not be delivered | your mail cannot be delivered | failed recipients |
    there was a problem delivering your message | has been placed on hold | your email message was not delivered |
    undeliverable mail | undeliverable message | has been delayed | will be retried | has not yet been delivered |
    technical details of permanent failure | technical details of temporary failure | ihre nachricht konnte nicht zugestellt |
    konnte nicht zugestellt werden | fehler bei der nachrichtenzustellung | votre message n'a pas pu être |
    votre message n'a pas pu etre | n'a pas pu être remis | échec de la remise à ces destinataires | error al entregar |
    no se pudo entregar el mensaje | no pudo ser entregado | no se ha podido entregar | falha na entrega para estes |
    não pôde ser entregue | nao pode ser enviada | não foi possível entregar | impossibile recapitare il messaggio |
    recapito non riuscito | kan niet worden bezorgd | kon niet worden bezorgd | kunne ikke leveres | kunde inte levereras |
    ei voitu toimittaa | nie można dostarczyć | nie została dostarczona | не может быть доставлено | не удалось доставить |
    не было доставлено | 配信できませんでした | お送りいただいたメール | 送信できませんでした | 无法送达 | 无法投递 | 退信 |
    無法傳遞 | 전달되지 못했습니다
    """
)
"""Said by mail systems near the top of a report, and by hardly anybody else."""

WEAK_TEXT = phrases(
    """
    could not be delivered | couldn't be delivered | cannot be delivered | not been delivered | was not delivered | not delivered |
    unable to deliver | not able to deliver | undeliverable | delivery failed | delivery failure | address not found | user unknown |
    unknown user | no such user | mailbox is full | mailbox full | over quota | quota exceeded | overquota | mailfolder is full |
    original message follows | message could not | has been returned | below this line is a copy | copy of the original message |
    delivery problems | did not exactly match | invalid final delivery userid | host unknown | mailbox unavailable | been postponed |
    rejected | user not known | no mailbox here | does not exist | 550 | 554 | 552 | 5.1.1 | failed | has been blocked
    """
)
"""Enough only when the author is a mail system already."""

GREETINGS = phrases(
    """
    hi, | hi team | hi all | hi there | hi wise | hello | hey | dear team | dear all | dear colleague | dear wise | dear sir |
    dear madam | greetings | good morning | good afternoon | good day | hallo | guten tag | guten morgen | liebe | sehr geehrte |
    bonjour | madame | monsieur | hola | buenos | buenas | estimad | olá | bom dia | boa tarde | prezad | ciao | buongiorno |
    buonasera | gentile | spettabile | hoi | beste | geachte | goedemorgen | goedemiddag | cześć | dzień dobry | szanown | dobrý den |
    hej | moi | здравствуйте | добрый день | привет | merhaba | team, | fyi
    """
)
"""How people begin, and what reports do not begin with ("Hi. This is the qmail-send program" has a daemon for its author)."""

ORIGINAL_FOLLOWS = phrases(
    """
    original mail as follows | -original message | original message follows | below this line is a copy | this is a copy of |
    message header follows | original message ----- | header of the original message | returned mail follows |
    start of returned message | unsent message | message text follows | your message reads | copy of the original |
    copy of the first part | header of the source mail | - returned mail - | original message headers | message headers follow |
    message headers: | original message as received | copy of the message header | mensaje original |
    summary of the undelivered message | lines of your original message | lines of the message follow | original message below |
    old message: | attachment is a copy | original message attached | original message details | message header section |
    ursprüngliche nachricht | message d'origine | исходное сообщение | 原邮件 | copy of your message | mail body follows | message body |
    ----- original message | original headers | the body of your message
    """
)
"""Lines after which only the returned mail comes."""

DELAYED = phrases(
    """
    not yet been delivered | has been delayed | is delayed | delivery delayed | delayed mail | still being retried | will be retried |
    will retry | will continue to be made | will continue to try | warning message only | keep trying | be delayed |
    transient non-fatal errors | delivery incomplete | been postponed | temporarily deferred | delivery attempts will continue |
    attempts to deliver the message will continue | do not need to resend | not need to resend | (delay) | (delayed) |
    warning: message | warning: could not send message | delayed: | technical details of temporary failure |
    could not yet be delivered | verzögert | noch nicht zugestellt | remise différée | est retardée | se ha retrasado |
    está atrasada | è in ritardo | задерж
    """
)

PERMANENT = phrases(
    """
    permanent error | permanent fatal | permanent failure | failed permanently | given up | not going to try again | gave up |
    has failed to these recipients | (failure) | no further attempts | will not be retried | user unknown | unknown user |
    delivery failed | no such user | undeliverable:
    """
)

DELIVERED = phrases(
    """
    successfully delivered | (success) | was delivered to the following recipients | successful mail delivery |
    has been delivered to | wurde zugestellt | a été remis aux | se ha entregado a | delivery confirmation
    """
)

RELAYED = phrases(
    """
    (relay) | successfully relayed | was relayed to | delivery is complete, but no delivery notification | relayed to a system
    """
)

STATUS_WORDS = (
    (
        "5.2.2",
        ("mailbox is full", "mailbox full", "over quota", "quota exceeded", "overquota", "mailfolder is full", "quota", "storage limit"),
    ),
    ("5.3.4", ("too large", "size limit", "message size exceeds", "exceeds size", "exceeded the maximum incoming message size")),
    ("5.1.2", ("host unknown", "unknown host", "domain not found", "host not found", "no such domain", "name server")),
    ("5.7.1", ("spam", "blocked using", "access denied", "policy", "blacklist")),
    (
        "5.1.1",
        (
            *("user unknown", "unknown user", "no such user", "no mailbox here", "does not exist", "address not found", "not found"),
            *("user not known", "not listed in", "no valid recipients", "unknown or illegal", "doesn't have a", "mailbox unavailable"),
            *("recipient name is not recognized", "invalid final delivery userid", "invalid recipient", "unrouteable address"),
        ),
    ),
)
"""What a reason in words means in RFC 3463, for reports that carry no code."""
