"""Who treats: what practitioners may do by law, and where and when they work.

A practitioner works in clinics by *assignment*, and is known to a clinic through it. *Credentials*
say as what she is licensed and where; *certifications* what she was trained for. A *scope rule*,
verified by HQ, says how deep a needle a credential may go in a jurisdiction: data, never code.
"""
