"""What the codes of reasons say, and what to do about each."""

from schema.fields import described
from schema.scheduling.rules.reasons import BlockingKind, ReasonCode

described(
    ReasonCode,
    "What stops a visit, and what to do about it.",
    {
        ReasonCode.CLIENT_BUSY: "The client has another visit then, in whatever clinic: choose"
        " another time.",
        ReasonCode.CLINICAL_REVIEW_NEEDED: "Something was found about the client: have a"
        " practitioner of the clinic decide.",
        ReasonCode.CLINIC_NOT_BOOKABLE: "The clinic is not live: choose another one.",
        ReasonCode.CLOSED: "A closure or a public holiday: choose a time from `until` on.",
        ReasonCode.CONTACT_CLINIC: "Send the client to the clinic: it can say more.",
        ReasonCode.CONTRAINDICATED: "A clinical finding: see `holds`. It ends on its day, or once a"
        " clinician clears it.",
        ReasonCode.COURSE_ENDS: "The course ends before that day: choose an earlier one.",
        ReasonCode.COURSE_NOT_ACTIVE: "The course is over: sell another, or book a single visit.",
        ReasonCode.CREDENTIAL_EXPIRED: "This practitioner's credential does not count on that day:"
        " record its renewal, or take somebody else.",
        ReasonCode.DAILY_LIMIT: "The clinic, or this practitioner, takes no more visits on that"
        " day: choose another, or set the rule aside with a reason.",
        ReasonCode.DEPTH_OUT_OF_SCOPE: "The law of the place lets this practitioner's credential"
        " not go so deep: treat less deep, or take somebody else.",
        ReasonCode.DEVICE_TAKEN: "Choose a time from `until` on, or another device.",
        ReasonCode.HEALING: "Skin has not healed, or the law sets the interval: nobody sets this"
        " aside. Choose a day from `untilOn` on.",
        ReasonCode.HORIZON: "Further ahead than bookings are taken: ask later, or set the clinic's"
        " rule aside where `override` says that it can be.",
        ReasonCode.INTERVAL_TOO_SHORT: "Too close to another visit of the same areas: choose a day"
        " from `untilOn` on, or set the rule aside with a reason.",
        ReasonCode.LEAD_TIME: "Sooner than the clinic takes bookings: choose a time from `until`"
        " on, or set the rule aside with a reason.",
        ReasonCode.MISSING_PREREQUISITE: "Another visit has to come before: book that first;"
        " `availability` offers both in order.",
        ReasonCode.NOT_ASSIGNED: "This practitioner does not belong to the clinic on that day.",
        ReasonCode.NOT_CERTIFIED: "This practitioner was not trained for the protocol or the"
        " device, or the training lapsed: record a certification, or take somebody else.",
        ReasonCode.NOT_TOGETHER: "Each need could be met, but not all at once by distinct people,"
        " rooms and devices: choose a time from `until` on.",
        ReasonCode.NOT_WORKING: "This practitioner does not work there then: choose a time from"
        " `until` on, or change the working hours.",
        ReasonCode.NOT_YET: "Another clinic says so: choose a day from `untilOn` on; null: ask the"
        " client to contact that clinic.",
        ReasonCode.NO_DEVICE: "No device of the clinic will do on that day.",
        ReasonCode.NO_PRACTITIONER: "Nobody in the clinic may do it on that day; or the one who is"
        " named may not.",
        ReasonCode.NO_ROOM: "No room of the clinic will do.",
        ReasonCode.NO_SESSION_LEFT: "Every session of the course is done or booked.",
        ReasonCode.OFF_GRID: "Visits start at multiples of five minutes: `until` is the next one.",
        ReasonCode.OUTSIDE_HOURS: "The visit would begin before the clinic opens, or end after it"
        " closes: choose a time from `until` on.",
        ReasonCode.PAST: "Choose a time to come.",
        ReasonCode.PRACTITIONER_TAKEN: "Choose a time from `until` on, or somebody else. What"
        " another clinic has them for is not told.",
        ReasonCode.PRE_CARE: "Care before the visit should have begun: choose a time from `until`"
        " on, let the client attest it, or set the rule aside with a reason.",
        ReasonCode.PROTOCOL_NOT_OFFERED: "The clinic does not offer the protocol, or there is none"
        " such: choose another clinic or protocol.",
        ReasonCode.ROOM_TAKEN: "Choose a time from `until` on, or another room.",
        ReasonCode.SERVICE_DUE: "The device's service is due by then: have it serviced.",
        ReasonCode.TIME_OFF: "This practitioner is away: choose a time from `until` on.",
        ReasonCode.VISIT_NOT_ALLOWED: "The protocol is not for these areas, add-ons or this depth:"
        " `message` begins with the code of the rule, `field` says where.",
    },
)

described(
    BlockingKind,
    "What kind of thing stops a visit, or is behind what does.",
    {
        BlockingKind.APPOINTMENT: "Another visit.",
        BlockingKind.CERTIFICATION: "Training for a template or a device model: `code` is its.",
        BlockingKind.CLIENT_HOLD: "Something that was found about the client.",
        BlockingKind.CLINIC: "The clinic itself.",
        BlockingKind.CLOSURE: "Days on which the clinic is closed: `code` says why.",
        BlockingKind.COURSE: "The course.",
        BlockingKind.CREDENTIAL: "A licence: `code` is its type.",
        BlockingKind.DEVICE: "A device.",
        BlockingKind.HOLIDAY: "A public holiday: `code` is its name.",
        BlockingKind.PRACTITIONER: "A practitioner.",
        BlockingKind.PREREQUISITE: "Visits that have to come before: `code` is their kind.",
        BlockingKind.PROTOCOL: "The protocol as the clinic offers it.",
        BlockingKind.ROOM: "A room.",
        BlockingKind.RULE: "A rule of booking, or of the protocol.",
        BlockingKind.SCOPE_RULE: "How deep the law lets a credential go: `code` is its type.",
        BlockingKind.SERVICE: "A device's service.",
        BlockingKind.SLOT_HOLD: "A start that somebody holds.",
        BlockingKind.TIME_OFF: "Time off.",
    },
)

__all__ = ["BlockingKind", "ReasonCode"]
