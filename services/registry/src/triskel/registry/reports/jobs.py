"""What time does to reports: what was written is forgotten."""

from triskel.chassis.retention import expired_rows

# the reporter is only looked for among open ones
TEXTS = expired_rows(
    "report-texts",
    "organisations",
    lambda periods: 12 * periods.closed_years,
    """
    update reports set text = '', note = null, reporter = '' where id = any (array(
        select r.id from reports as r
        join kept on kept.region = r.region and r.closed_at < kept.before
        where r.text <> ''
        limit :at_most for update of r skip locked))
    """,
)
