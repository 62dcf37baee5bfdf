const {DateTime} = luxon;

const FIRST_YEAR = 2000;
const LAST_YEAR = 2099;
// As people type a month: 10/2026, 10-2026, 102026, 10/26, 1026, 2026-10, 202610.
const MONTH_FIRST = /^(\d{1,2})[\s/.-]*(\d{4}|\d{2})$/;
const YEAR_FIRST = /^(\d{4})[\s/.-]*(\d{1,2})$/;

/**
 * Show a billing month the same way in every language.
 *
 * @param {DateTime | false} value any day of the month
 * @returns {String} MM/YYYY, or nothing
 */
export function formatCompetence(value) {
    return value ? value.toFormat("MM/yyyy", {numberingSystem: "latn"}) : "";
}

/**
 * Read a billing month as somebody typed it.
 *
 * @param {String} text
 * @returns {DateTime | false} the first day of the month, false for an empty text
 * @throws {Error} when the text names no month
 */
export function parseCompetence(text) {
    const typed = text.trim();
    if (!typed) {
        return false;
    }
    const candidates = [];
    const monthFirst = typed.match(MONTH_FIRST);
    if (monthFirst) {
        const [, month, year] = monthFirst;
        candidates.push([
            Number(month),
            Number(year.length === 2 ? `20${year}` : year),
        ]);
    }
    const yearFirst = typed.match(YEAR_FIRST);
    if (yearFirst) {
        candidates.push([Number(yearFirst[2]), Number(yearFirst[1])]);
    }
    for (const [month, year] of candidates) {
        if (month >= 1 && month <= 12 && year >= FIRST_YEAR && year <= LAST_YEAR) {
            return DateTime.local(year, month, 1);
        }
    }
    throw new Error(`"${text}" is no month`);
}
