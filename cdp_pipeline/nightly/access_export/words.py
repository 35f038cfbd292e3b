"""The words of an access export, in English and German: what article 15 asks to say, and names of parts and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdp_pipeline.contracts.project import Project

LANGUAGES = ("en", "de")

TITLES = {
    "en": {
        "title": "What we know about you",
        "lead": "Everything that is stored about you here, where it came from, what it is used for and who got it.",
        "as_of": "As of",
        "your_rights": "What you should know",
        "purposes": "What your data is used for",
        "recipients": "Who gets data",
        "sources": "Where data comes from",
        "exports": "What left about you",
        "everything": "Everything, as it is stored",
        "everything_lead": "Every table that holds something of yours, with the names of the database.",
        "decisions": "What was decided about your data",
        "files": "Files in which it came",
        "delivered": "Records as they lie in the files",
        "kept": "Kept",
        "rows": "rows",
        "nothing": "Nothing.",
        "purpose": "Purpose",
        "basis": "Legal basis",
        "recipient": "Recipient",
        "country": "Country",
        "contents": "Contents",
        "source": "Source",
        "export": "Exports",
        "yes": "yes",
        "no": "no",
        "machines": "The file data.json beside this page holds the same for machines.",
    },
    "de": {
        "title": "Was wir über Sie wissen",
        "lead": "Alles, was hier über Sie gespeichert ist, woher es kam, wozu es dient und wer es bekommen hat.",
        "as_of": "Stand",
        "your_rights": "Was Sie wissen sollten",
        "purposes": "Wozu Ihre Daten dienen",
        "recipients": "Wer Daten bekommt",
        "sources": "Woher Daten kommen",
        "exports": "Was über Sie weitergegeben wurde",
        "everything": "Alles, wie es gespeichert ist",
        "everything_lead": "Jede Tabelle, in der etwas von Ihnen steht, mit den Namen der Datenbank.",
        "decisions": "Was über Ihre Daten entschieden wurde",
        "files": "Dateien, in denen es kam",
        "delivered": "Datensätze, wie sie in den Dateien stehen",
        "kept": "Aufbewahrt",
        "rows": "Zeilen",
        "nothing": "Nichts.",
        "purpose": "Zweck",
        "basis": "Rechtsgrundlage",
        "recipient": "Empfänger",
        "country": "Land",
        "contents": "Inhalt",
        "source": "Quelle",
        "export": "Exporte",
        "yes": "ja",
        "no": "nein",
        "machines": "Die Datei data.json neben dieser Seite enthält dasselbe für Maschinen.",
    },
}

PARTS = {
    "golden.golden_profile": ("Your profile", "Ihr Profil"),
    "golden.customer_contact": ("E-mail addresses and phone numbers", "E-Mail-Adressen und Telefonnummern"),
    "standardise.postal_address": ("Addresses", "Anschriften"),
    "standardise.consent_event": ("What you allowed and refused", "Was Sie erlaubt und abgelehnt haben"),
    "golden.customer_purchase": ("Purchases", "Einkäufe"),
    "standardise.purchase_line": ("Articles bought", "Gekaufte Artikel"),
    "golden.customer_email_event": ("Campaign e-mails", "Werbe-E-Mails"),
    "golden.customer_web_event": ("Visits to the website", "Besuche auf der Website"),
    "golden.customer_service_interaction": ("Requests and complaints", "Anfragen und Beschwerden"),
    "segment.segment_member": ("Groups that you are in", "Gruppen, denen Sie angehören"),
    "link.household": ("Household", "Haushalt"),
    "link.customer_source_record": ("Records that are taken for yours", "Datensätze, die Ihnen zugeordnet sind"),
}  # fmt: skip
"""Tables that a reader wants first, in order, with their titles in English and German; all others follow."""

COLUMNS_DE = {
    "customer_id": "Kundennummer", "given_name": "Vorname", "family_name": "Nachname", "salutation": "Anrede",
    "birth_date": "Geburtsdatum", "gender": "Geschlecht", "language": "Sprache", "email": "E-Mail", "phone": "Telefon",
    "street": "Straße", "postcode": "Postleitzahl", "city": "Ort", "region": "Region", "country": "Land",
    "contact_kind": "Art", "contact_value": "Adresse oder Nummer", "purpose": "Zweck", "channel": "Weg",
    "status": "Antwort", "occurred_at": "Zeitpunkt", "source_system": "Quelle", "proof": "Nachweis",
    "origin": "Wo", "purchase_id": "Einkauf", "purchased_at": "Gekauft am", "total": "Summe", "currency": "Währung",
    "segment": "Gruppe", "entered_on": "seit", "left_on": "bis", "campaign_name": "Kampagne", "event": "Ereignis",
    "page_url": "Seite", "search_term": "Suche", "category": "Kategorie", "quantity": "Menge",
    "record_kind": "Art des Datensatzes", "source_record_id": "Nummer in der Quelle", "first_seen_at": "zuerst",
    "last_seen_at": "zuletzt", "household_id": "Haushalt", "night": "Nacht", "activation": "Datei",
    "sent_value": "Weitergegeben", "is_hashed": "als Hash", "consent_purpose": "Zweck der Einwilligung",
    "record_count": "Datensätze", "source_count": "Quellen", "is_valid": "gültig", "is_mobile": "mobil",
    "delivery_state": "Erreichbarkeit", "is_shared": "geteilt", "customer_count": "Personen", "contact_rank": "Rang",
    "address_label": "Art", "delivered_value": "wie angegeben", "net_amount": "Nettobetrag", "line_number": "Zeile",
    "product_name": "Artikel", "occurred_on": "Tag", "kind": "Art", "subject": "Betreff", "link": "Link",
    "state_since": "seit", "state_source": "Quelle", "is_granted": "erlaubt", "decided_at": "entschieden am",
    "consent_decided_at": "Eingewilligt am", "consent_source": "Quelle der Einwilligung",
}  # fmt: skip


def column_title(name: str, language: str) -> str:
    """Name a column for readers."""
    words = name.replace("_", " ")
    return COLUMNS_DE.get(name, words) if language == "de" else words


def part_title(table: str, language: str) -> str | None:
    """Name a table that a reader wants first; None for the others."""
    titles = PARTS.get(table)
    return titles[LANGUAGES.index(language)] if titles else None


def information(project: Project, language: str) -> list[dict[str, str]]:
    """Say what article 15(1) and (2) ask to say beside the data itself: title and text of each point."""
    who = project.settings.controller
    named = {
        "name": who.name if who else project.settings.title,
        "address": (who and who.address) or "–",
        "contact": (who and who.contact) or "–",
        "officer": (who and who.data_protection_officer) or "–",
        "authority": (who and who.supervisory_authority) or "–",
    }
    return [{"title": title, "text": text.format(**named)} for title, text in INFORMATION[language]]


INFORMATION = {
    "en": [
        ("Who answers for your data", "{name}, {address}. Questions on data protection: {contact}. Data protection "
         "officer: {officer}."),
        ("Your rights", "You may ask us to correct your data (article 16 GDPR), to erase them (17), to restrict their "
         "use (18), and to hand them over in a machine-readable form (20), which is the file data.json. You may "
         "object to their use (21), at any time and without a reason where it is for direct marketing, and take back a "
         "consent at any time. What was done before stays lawful."),
        ("Complaints", "You may complain to a supervisory authority, such as: {authority}."),
        ("How decisions are made", "Records of several systems are taken for one person by rules and by a statistical "
         "model; groups follow from fixed rules over purchases, visits and messages. Nothing of it decides with legal "
         "or similarly significant effect on you (article 22)."),
        ("What is not in here", "Data of others, even where they share a home or an address with you; what an address "
         "or number that you share with somebody else was used for, where no record says whose it was; names of staff; "
         "copies that the system keeps to compute less; backups."),
    ],
    "de": [
        ("Wer für Ihre Daten verantwortlich ist", "{name}, {address}. Fragen zum Datenschutz: {contact}. "
         "Datenschutzbeauftragte Person: {officer}."),
        ("Ihre Rechte", "Sie können verlangen, dass wir Ihre Daten berichtigen (Artikel 16 DSGVO), löschen (17), ihre "
         "Verwendung einschränken (18) und sie Ihnen maschinenlesbar übergeben (20); das ist die Datei data.json. Sie "
         "können der Verwendung widersprechen (21), bei Direktwerbung jederzeit und ohne Grund, und eine Einwilligung "
         "jederzeit widerrufen. Was vorher geschah, bleibt rechtmäßig."),
        ("Beschwerden", "Sie können sich bei einer Aufsichtsbehörde beschweren, etwa bei: {authority}."),
        ("Wie entschieden wird", "Datensätze mehrerer Systeme werden nach Regeln und einem statistischen Modell einer "
         "Person zugeordnet; Gruppen folgen aus festen Regeln über Einkäufe, Besuche und Nachrichten. Nichts davon "
         "entscheidet mit rechtlicher oder ähnlich erheblicher Wirkung für Sie (Artikel 22)."),
        ("Was hier nicht steht", "Daten anderer, auch wenn sie mit Ihnen wohnen oder eine Adresse teilen; wozu eine "
         "Adresse oder Nummer verwendet wurde, die Sie mit jemandem teilen, wo kein Datensatz sagt, wessen sie war; "
         "Namen von Beschäftigten; Zwischenspeicher des Systems; Sicherungskopien."),
    ],
}  # fmt: skip
