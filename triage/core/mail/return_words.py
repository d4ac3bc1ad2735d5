"""Words of absence notes around a date: months, weekdays, "back on", "until". Data only; `absence` reads it.

Everything is written as it is after NFKC, in lower case. Expressions are short and without nested repeats.
"""

from __future__ import annotations

MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jän jänner janvier janv enero ene janeiro"
            " gennaio gen januari stycznia januára ledna января янв ocak tammikuuta",
            "february feb februar février fevrier févr febrero fevereiro fev febbraio februari lutego února февраля фев şubat helmikuuta",
            "march mar märz maerz mrz mars marzo março marco maart mrt marca března марта мар mart maaliskuuta",
            "april apr avril avr abril abr aprile kwietnia dubna апреля апр nisan huhtikuuta",
            "may mai mayo maio maggio mag mei maj maja května мая mayıs toukokuuta",
            "june jun juni juin junio junho giugno giu czerwca června июня июн haziran kesäkuuta",
            "july jul juli juillet juil julio julho luglio lug lipca července июля июл temmuz heinäkuuta",
            "august aug août aout agosto ago augustus augusti sierpnia srpna августа авг ağustos elokuuta",
            "september sep sept septembre septiembre setembro set settembre september września září сентября сен eylül syyskuuta",
            "october oct oktober okt octobre octubre outubro out ottobre ott października října октября окт ekim lokakuuta",
            "november nov novembre noviembre novembro listopada listopadu ноября ноя kasım marraskuuta",
            "december dec dezember dez décembre decembre déc diciembre"
            " dic dezembro dicembre desember grudnia prosince декабря дек aralık"
            " joulukuuta",
        ),
        start=1,
    )
    for name in names.split()
}

WEEKDAYS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "monday mon montag lundi lunes segunda-feira lunedì maandag poniedziałek"
            " poniedziałku måndag mandag понедельник maanantaina 月曜日 星期一 周一 월요일",
            "tuesday tue dienstag mardi martes terça-feira martedì dinsdag wtorek"
            " wtorku tisdag tirsdag вторник tiistaina 火曜日 星期二 周二 화요일",
            "wednesday wed mittwoch mercredi miércoles quarta-feira mercoledì woensdag"
            " środę środy onsdag среду keskiviikkona 水曜日 星期三 周三 수요일",
            "thursday thu donnerstag jeudi jueves quinta-feira giovedì donderdag"
            " czwartek czwartku torsdag четверг torstaina 木曜日 星期四 周四 목요일",
            "friday fri freitag vendredi viernes sexta-feira venerdì vrijdag"
            " piątek piątku fredag пятницу perjantaina 金曜日 星期五 周五 금요일",
            "saturday samstag sonnabend samedi sábado sabato zaterdag sobotę lördag lørdag субботу lauantaina 土曜日 星期六 周六 토요일",
            "sunday sonntag dimanche domingo domenica zondag niedzielę söndag søndag воскресенье sunnuntaina 日曜日 星期日 周日 일요일",
        )
    )
    for name in names.split()
}

TOMORROW = r"tomorrow|morgen|demain|mañana|amanhã|domani|jutro|i morgon|i morgen|завтра|明日|明天|내일"

BACK = (
    r"\bback\b(?!\s+to\s+(?:you|us|me)\b)|\breturn(?:s|ing)?\b"
    r"|\bresum(?:e|ing)\b|\bavailable again\b|\breachable again\b|\bin the office again\b"
    r"|\bzurück\b|\bwieder\b|\bretour\b|\brevien(?:s|drai|dra)\b|\brentre(?:rai)?\b|\breprend\w*"
    r"|\bvuelv\w+|\bvuelta\b|\bvolver\w*|\bregres\w+|\breincorpor\w+|\bvolt(?:o"
    r"|a|arei|ará)\b|\bretorn\w+|\brientr\w+|\btorn(?:o|erò|erà)\b"
    r"|\bterug\b|\bweer\b|\bwrac\w+|\bwróc\w+|\bpowr\w+|\bzpět\b"
    r"|\bvrát\w+|\btillbaka\b|\båter\b|\btilbage\b|\btilbake\b|\bigen\b|\btakaisin\b"
    r"|\bверн\w+|\bвозвращ\w+|\bвыйду\b|\bdön\w+|戻|復帰|出社|回来|返回|回到|복귀|돌아"
)
"""Before a date, or behind it in the same sentence: on that day they are back."""

UNTIL = (
    r"until|till|til|through|thru|to|up to|bis|bis zum"
    r"|bis einschließlich|bis inklusive|bis inkl\.|jusqu'au|jusqu'à|au|hasta|hasta el|al"
    r"|até|até o|até a|até dia|até ao|ao|a|fino al|fino a|fino all'"
    r"|sino al|al|tot|tot en met|t/m|do|do dnia|včetně|t\.o\.m\.|till och med|tom"
    r"|til og med|t\.o\.m|asti|до|по|do konce|including|inclusive|-|–|—"
)
"""Directly before a date: on that day they are still away."""

UNTIL_BEHIND = r"\s?(?:まで|迄|为止|為止|之前|까지|['’]?\w{0,4}\s(?:kadar|saakka|asti)\b)"

BETWEEN = r"(?:and including|einschließlich|the|den|dem|am|on|le|el|o|dia|op|dnia|the end of|and)"
"""May stand between "until" and its date, as a weekday may."""
