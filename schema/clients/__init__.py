"""People treated: who they are, who of several clinics is one person, what holds them back.

Identity and clinical free text are ciphertext from the first row on (`sealing`): each client has a
data key, wrapped by the deployment's master key; erasing it erases the person.

A *person* joins clients of several clinics, by agreement recorded at each. It has no identity, only
a number in the calendar: linked clients share it, so that nobody is booked in two places at once.
One clinic never sees another's client; what it learns is *not yet*, and a day.

A *hold* is a clinician's finding that stops sales and bookings until it is cleared, which is how a
caution is acknowledged. It has two faces: the finding, for
whoever reads clinical data, and for others only that somebody has to look at it.
"""
