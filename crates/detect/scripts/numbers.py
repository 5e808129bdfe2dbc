"""Writes tests/data/numbers.tsv: numbers that python-stdnum and phonenumbers call valid or not.

They are drawn at random and belong to nobody. Run with python-stdnum 2.2, phonenumbers 9.0:
    python scripts/numbers.py > tests/data/numbers.tsv
"""

import importlib
import random
import re

import phonenumbers

draw = random.Random(20260101)

# id, module of stdnum, shape (0 digit, A letter, C consonant, ? either, DD MM YY a date), words in front
KINDS = [
    ("us-ssn", "us.ssn", "000-00-0000", ""),
    ("us-itin", "us.itin", "9__-00-0000", ""),
    ("ca-sin", "ca.sin", "000 000 000", "SIN"),
    ("mx-curp", "mx.curp", "AAAAYYMMDDHASRRN00", ""),
    ("br-cpf", "br.cpf", "000.000.000-00", ""),
    ("br-cnpj", "br.cnpj", "00.000.000/0001-00", ""),
    ("ar-cuit", "ar.cuit", "20-00000000-0", ""),
    ("cl-rut", "cl.rut", "00.000.000-K", ""),
    ("uk-nhs-number", "gb.nhs", "000 000 0000", "NHS number"),
    ("ie-ppsn", "ie.pps", "0000000A", "PPS number"),
    ("fr-nir", "fr.nir", "1YYMM0000000000", ""),
    ("de-tax-id", "de.idnr", "00000000000", "Steuer-ID"),
    ("es-nif", "es.dni", "00000000A", ""),
    ("es-nie", "es.nie", "X0000000A", ""),
    ("it-codice-fiscale", "it.codicefiscale", "CCCCCC00HDDH000A", ""),
    ("pt-nif", "pt.nif", "000000000", "NIF"),
    ("nl-bsn", "nl.bsn", "000000000", "BSN"),
    ("be-national-number", "be.nn", "YY.MM.DD-000.00", ""),
    ("pl-pesel", "pl.pesel", "YYMMDD00000", "PESEL"),
    ("se-personnummer", "se.personnummer", "YYMMDD-0000", ""),
    ("no-national-number", "no.fodselsnummer", "DDMMYY 00000", ""),
    ("dk-cpr", "dk.cpr", "DDMMYY-0000", "CPR"),
    ("fi-hetu", "fi.hetu", "DDMMYY-000K", ""),
    ("ee-personal-code", "ee.ik", "3YYMMDD0000", "isikukood"),
    ("ro-cnp", "ro.cnp", "1YYMMDD400000", "CNP"),
    ("bg-egn", "bg.egn", "YYMMDD0000", "EGN"),
    ("cz-birth-number", "cz.rc", "YYMMDD/0000", ""),
    ("hr-oib", "hr.oib", "00000000000", "OIB"),
    ("ch-ahv", "ch.ssn", "756.0000.0000.00", ""),
    ("at-social-security", "at.vnr", "0000 DDMMYY", "SVNR"),
    ("gr-amka", "gr.amka", "DDMMYY00000", "AMKA"),
    ("tr-tckn", "tr.tckimlik", "00000000000", "TCKN"),
    ("il-id", "il.idnr", "000000000", "teudat zehut"),
    ("za-id", "za.idnr", "YYMMDD0000080", "SA ID"),
    ("in-aadhaar", "in_.aadhaar", "0000 0000 0000", ""),
    ("in-pan", "in_.pan", "AAAPA0000A", ""),
    ("in-gstin", "in_.gstin", "29AAAPA0000A1Z?", ""),
    ("cn-resident-id", "cn.ric", "11010119YYMMDD000x", ""),
    ("kr-rrn", "kr.rrn", "YYMMDD-1000000", ""),
    ("jp-my-number", "jp.in_", "000000000000", "My Number"),
    ("tw-id", None, "", ""),
    ("sg-nric", None, "", ""),
    ("th-id", "th.pin", "0-0000-00000-00-0", ""),
    ("my-nric", "my.nric", "YYMMDD-10-0000", ""),
    ("au-tfn", "au.tfn", "000 000 000", "TFN"),
    ("au-abn", "au.abn", "00 000 000 000", ""),
    ("nz-ird", "nz.ird", "00-000-000", "IRD"),
    ("iban", "iban", "", ""),
    ("payment-card", "luhn", "4000 0000 0000 0000", ""),
    ("imei", "imei", "000000000000000", "IMEI"),
    ("us-aba-routing", "us.rtn", "110000000", "routing number"),
    ("bitcoin-address", None, "", ""),
]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
IBAN_SHAPES = [
    "DE00000000000000000000", "FR0000000000000000000000000", "ES0000000000000000000000", "NL00ABNA0000000000",
    "GB00BARC00000000000000", "IT00A0000000000000000000000", "CH0000762000000000000", "AT000000000000000000",
    "BE00000000000000", "PL00000000000000000000000000", "SE0000000000000000000000", "NO0000000000000",
]


def fill(shape):
    date = {
        "YY": f"{draw.randint(40, 99):02}",
        "MM": f"{draw.randint(1, 12):02}",
        "DD": f"{draw.randint(1, 28):02}",
    }
    out = ""
    for sign in re.findall("YY|MM|DD|.", shape):
        if sign in date:
            out += date[sign]
        elif sign in "0_":
            out += str(draw.randint(0, 9))
        elif sign == "A":
            out += draw.choice(LETTERS)
        elif sign == "?":
            out += draw.choice("0123456789" + LETTERS)
        elif sign == "x":
            out += draw.choice("0123456789X")
        elif sign == "C":
            out += draw.choice("BCDFGHLMNPRSTVZ")
        elif sign == "K":
            out += draw.choice("0123456789K" if "." in shape else "0123456789XABCDEFHJKLMNPRSTUVWXY")
        else:
            out += sign
    return out


def is_valid(module, text):
    try:
        return bool(module.validate(text))
    except Exception:
        return False


def numbers(name, shape, count):
    module = importlib.import_module("stdnum." + name)
    valid, invalid = [], []
    while len(valid) < count:
        text = fill(shape)
        if is_valid(module, text):
            valid.append(text)
        elif len(invalid) < count // 2:
            invalid.append(text)
    return valid, invalid


def ibans(count):
    module = importlib.import_module("stdnum.iban")
    valid, invalid = [], []
    while len(valid) < count:
        text = fill(draw.choice(IBAN_SHAPES))
        body = text[4:] + text[:2] + "00"
        rest = int("".join(str(int(c, 36)) for c in body)) % 97
        good = text[:2] + f"{98 - rest:02}" + text[4:]
        if is_valid(module, good):
            grouped = " ".join(good[i : i + 4] for i in range(0, len(good), 4))
            valid.append(draw.choice([good, grouped]))
            invalid.append(text[:2] + f"{(98 - rest) % 97 + 1:02}" + text[4:])
    return valid, invalid[: count // 2]


def cards(count):
    from stdnum import luhn

    shapes = [
        "4000 0000 0000 0000", "5300000000000000", "5500-0000-0000-0000", "3700 000000 00000", "6011000000000000",
        "3530 0000 0000 0000", "6212000000000000", "4000000000000000",
    ]
    valid, invalid = [], []
    while len(valid) < count:
        shape = draw.choice(shapes)
        head = shape[:4].replace(" ", "")
        text = head + fill(shape[4:])
        if luhn.is_valid(text.replace(" ", "").replace("-", "")):
            valid.append(text)
        elif len(invalid) < count // 2:
            invalid.append(text)
    return valid, invalid


def bitcoin(count):
    import hashlib

    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    valid, invalid = [], []
    for _ in range(count):
        body = bytes([draw.choice([0, 5])]) + draw.randbytes(20)
        full = body + hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4]
        number, text = int.from_bytes(full, "big"), ""
        while number:
            number, digit = divmod(number, 58)
            text = alphabet[digit] + text
        text = "1" * (len(full) - len(full.lstrip(b"\0"))) + text
        valid.append(text)
        invalid.append(text[:-1] + ("2" if text[-1] != "2" else "3"))
    return valid, invalid[: count // 2]


def taiwan(count):
    worth = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36)))
    valid, invalid = [], []
    for _ in range(count):
        letter = draw.choice(LETTERS)
        digits = [draw.choice([1, 2])] + [draw.randint(0, 9) for _ in range(7)]
        total = worth[letter] // 10 + worth[letter] % 10 * 9 + sum(d * w for d, w in zip(digits, range(8, 0, -1)))
        head = letter + "".join(map(str, digits))
        valid.append(head + str(-total % 10))
        invalid.append(head + str((-total + 3) % 10))
    return valid, invalid[: count // 2]


def singapore(count):
    valid, invalid = [], []
    for _ in range(count):
        first = draw.choice("STFG")
        digits = [draw.randint(0, 9) for _ in range(7)]
        rest = (sum(d * w for d, w in zip(digits, [2, 7, 6, 5, 4, 3, 2])) + (4 if first in "TG" else 0)) % 11
        letters = "JZIHGFEDCBA" if first in "ST" else "XWUTRQPNMLK"
        head = first + "".join(map(str, digits))
        valid.append(head + letters[rest])
        invalid.append(head + letters[(rest + 4) % 11])
    return valid, invalid[: count // 2]


def main():
    print("# drawn by scripts/numbers.py; the oracles are python-stdnum 2.2 and phonenumbers 9.0")
    special = {"iban": ibans, "payment-card": cards, "bitcoin-address": bitcoin, "tw-id": taiwan, "sg-nric": singapore}
    for name, module, shape, words in KINDS:
        count = 60 if name in ("iban", "payment-card") else 16
        valid, invalid = special[name](count) if name in special else numbers(module, shape, count)
        for text in valid:
            print(f"{name}\tvalid\t{words}\t{text}")
        # Without check digits, what is invalid is a matter of dates not yet given out.
        for text in [] if name in ("dk-cpr", "my-nric", "us-ssn", "us-itin") else invalid:
            print(f"{name}\tinvalid\t{words}\t{text}")
    phones()


def phones():
    for region in "US GB FR DE ES IT NL SE PL CH AT BE BR MX IN JP AU ZA TR KR".split():
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            for _ in range(40):
                tail = draw.randint(10000, 99999)
                number = phonenumbers.PhoneNumber(
                    country_code=example.country_code,
                    national_number=example.national_number // 100000 * 100000 + tail,
                    italian_leading_zero=example.italian_leading_zero,
                )
                if phonenumbers.is_valid_number(number):
                    break
            for form in (phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.INTERNATIONAL):
                text = phonenumbers.format_number(number, form)
                print(f"phone-number\tvalid\t\t{text}")
            national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
            print(f"phone-number\tvalid\tphone\t{national}")


main()
