"""What clients in Florida and the Carolinas read in Spanish, by the English original."""

from dataclasses import replace

from schema.protocols.rules import ProtocolContent, TranslatedText, Translation, texts

SPANISH = {
    "First microneedling": "Primera sesión de microagujas",
    "One session to see what needling does for you, or the first of a course.": (
        "Una sesión para ver lo que las microagujas hacen por usted, o la primera de un tratamiento"
        " completo."
    ),
    "Face": "Rostro",
    "Neck": "Cuello",
    "Décolletage": "Escote",
    "Hands": "Manos",
    "Fine lines": "Líneas finas",
    "Acne scars": "Cicatrices de acné",
    "Enlarged pores": "Poros dilatados",
    "Scars": "Cicatrices",
    "Stretch marks": "Estrías",
    "Rejuvenation": "Rejuvenecimiento",
    "Skin type and condition.": "El tipo y el estado de la piel.",
    "What troubles you.": "Lo que le preocupa.",
    "Short consultation": "Consulta breve",
    "Screening questions": "Preguntas de salud",
    "Consent": "Consentimiento",
    "Cleansing": "Limpieza",
    "Applying the numbing": "Aplicación del anestésico",
    "Waiting for the numbing": "Espera a que haga efecto el anestésico",
    "Microneedling": "Microagujas",
    "Soothing": "Calmante para la piel",
    "Explaining the aftercare": "Explicación de los cuidados posteriores",
    "Arranging the next visit": "Reserva de la próxima visita",
    "Needle depth": "Profundidad de las agujas",
    "Platelet-rich plasma": "Plasma rico en plaquetas",
    "Drawing blood": "Extracción de sangre",
    "Spinning the blood": "Centrifugado de la sangre",
    "Applying the plasma": "Aplicación del plasma",
    "Serum": "Sérum",
    "Applying the serum": "Aplicación del sérum",
    "Topical anaesthetic": "Anestésico tópico",
    "Did a numbing cream or a dentist's injection ever harm you?": (
        "¿Alguna vez le sentó mal una crema anestésica o la inyección del dentista?"
    ),
    "Sterile needle cartridge, for one client": "Cartucho estéril de agujas, para un solo cliente",
    "Soothing cream without fragrance": "Crema calmante sin perfume",
    "Is there an infection or an open wound where we would treat?": (
        "¿Tiene una infección o una herida abierta en la zona que vamos a tratar?"
    ),
    "Is there active acne where we would treat?": (
        "¿Tiene acné activo en la zona que vamos a tratar?"
    ),
    "Is there eczema where we would treat?": "¿Tiene eccema en la zona que vamos a tratar?",
    "Is there rosacea where we would treat?": "¿Tiene rosácea en la zona que vamos a tratar?",
    "Do you take any medicine regularly?": "¿Toma algún medicamento con regularidad?",
    "Do you take aspirin, ibuprofen or another medicine that thins the blood?": (
        "¿Toma aspirina, ibuprofeno u otro medicamento que haga la sangre menos espesa?"
    ),
    "Is the skin of Fitzpatrick phototype V or VI?": (
        "¿Es la piel del fototipo V o VI de Fitzpatrick?"
    ),
    "Needling can leave darker marks, more so in darker skin.": (
        "Las microagujas pueden dejar manchas oscuras, sobre todo en pieles oscuras."
    ),
    "Is the skin sunburned or freshly tanned?": (
        "¿Está la piel quemada por el sol o recién bronceada?"
    ),
    "Sunburned skin is treated on another day.": ("La piel quemada por el sol se trata otro día."),
    "Stop exfoliants.": "Deje de usar exfoliantes.",
    "Stay out of the sun.": "Evite el sol.",
    "No direct sun; sunscreen of high SPF.": (
        "Nada de sol directo; use un protector solar de factor alto."
    ),
    "Moisturise often.": "Hidrate la piel con frecuencia.",
    "No makeup.": "No use maquillaje.",
    "No harsh product.": "No use productos agresivos.",
    "Skin feels tighter.": "La piel se siente más firme.",
    "A glow, for a while.": "Luminosidad por un tiempo.",
    "Pores look smaller.": "Los poros se ven más pequeños.",
    "Firmer skin, an even tone, fainter scars and lines.": (
        "Una piel más firme, un tono uniforme, cicatrices y líneas menos visibles."
    ),
    "Red as after mild sunburn.": "Enrojecimiento como tras una quemadura solar leve.",
    "Irritated skin.": "Piel irritada.",
}


def with_spanish(content: ProtocolContent) -> ProtocolContent:
    """The content with what is translated of it; what only headquarters reads stays English."""
    found = tuple(
        TranslatedText(path=path, of=text, text=SPANISH[text])
        for path, text in texts(content)
        if text in SPANISH
    )
    spanish = Translation(language="es", texts=found)
    return replace(content, translations=(*content.translations, spanish))
