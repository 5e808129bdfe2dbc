"""Our detectors, detect-secrets and Presidio's pattern recognisers on the same generated texts.

    pip install detect-secrets==1.5.0 presidio-analyzer==2.2.366
    cargo run -q -p callgate-detect --example generated | awk 'NR % 3 == 0' | python crates/detect/compare/compare.py

A value counts as found if a finding overlaps it; a finding anywhere else counts as wrong. A tool is
held to the classes it has detectors for.
"""

import collections
import contextlib
import importlib
import inspect
import json
import logging
import pkgutil
import sys
import tempfile

from detect_secrets.core import scan as secrets_scan
from detect_secrets.settings import default_settings
from presidio_analyzer import PatternRecognizer, predefined_recognizers

logging.disable(logging.CRITICAL)

SECRETS = {"cloud", "source", "package", "chat", "payment", "llm", "database", "private-key", "saas", "generic"}
PERSONAL = {"contact", "financial", "national-id", "network", "crypto"}


def recognisers():
    """Every pattern recogniser that Presidio ships, for every country."""
    found = {}
    for module in pkgutil.walk_packages(predefined_recognizers.__path__, predefined_recognizers.__name__ + "."):
        if not module.name.endswith("_recognizer") and "country_specific" not in module.name:
            continue
        if "third_party" in module.name or "ner." in module.name:
            continue
        try:
            loaded = importlib.import_module(module.name)
        except Exception:
            continue
        for name, kind in inspect.getmembers(loaded, inspect.isclass):
            if issubclass(kind, PatternRecognizer) and kind is not PatternRecognizer:
                found[name] = kind
    phone = getattr(predefined_recognizers, "PhoneRecognizer")
    return [kind() for _, kind in sorted(found.items())] + [phone()]


# Kinds that we do not have or that are no personal data by themselves.
LEFT_OUT = {"DATE_TIME", "URL", "UUID"}


def presidio(tools, text, threshold):
    spans = []
    for tool in tools:
        entities = [entity for entity in tool.supported_entities if entity not in LEFT_OUT]
        if not entities:
            continue
        for result in tool.analyze(text, entities, None) or []:
            if result.score >= threshold:
                spans.append((result.start, result.end))
    return spans


def detect_secrets(text):
    """As its users run it: over a file, with the default plugins and filters."""
    spans = []
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(text)
        file.flush()
        for secret in secrets_scan.scan_file(file.name):
            start = text.find(secret.secret_value or "")
            spans.append((start, start + len(secret.secret_value or "")))
    return spans


def main():
    cases = [json.loads(line) for line in sys.stdin]
    tools = recognisers()
    runs = {
        "callgate": (SECRETS | PERSONAL, lambda case: [(s, e) for s, e, _ in case["ours"]]),
        "detect-secrets": (SECRETS, lambda case: detect_secrets(case["text"])),
        "presidio": (PERSONAL, lambda case: presidio(tools, case["text"], 0.4)),
    }
    table = collections.defaultdict(dict)
    stack = contextlib.ExitStack()
    stack.enter_context(default_settings())
    for name, (classes, find) in runs.items():
        found, total, wrong = collections.Counter(), collections.Counter(), collections.Counter()
        for case in cases:
            group = case["class"] or "harmless"
            if group not in classes and group != "harmless":
                continue
            spans = find(case)
            if case["span"]:
                start, end = case["span"]
                total[group] += 1
                found[group] += any(s < end and e > start for s, e in spans)
            else:
                wrong[group] += bool(spans)
        for group in set(total) | set(wrong):
            table[group][name] = (found[group], total[group], wrong[group])
    names = list(runs)
    print("| class | " + " | ".join(f"{name}: recall, precision" for name in names) + " |")
    print("|---|" + "---|" * len(names))
    for group in sorted(table):
        cells = []
        for name in names:
            if name not in table[group]:
                cells.append("–")
                continue
            found, total, wrong = table[group][name]
            if group == "harmless":
                cells.append(f"{wrong} wrong")
            else:
                precision = f"{100 * found / (found + wrong):.1f} %" if found + wrong else "–"
                cells.append(f"{100 * found / total:.1f} %, {precision}")
        print(f"| {group} | " + " | ".join(cells) + " |")
    print(f"\n{len(cases)} texts; {len(tools)} recognisers of Presidio at score 0.4 and above.")


main()
