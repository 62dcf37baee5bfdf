import {CharField, charField} from "@web/views/fields/char/char_field";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

const BRAZILIAN = /^\+55(\d{2})(\d{4,5})(\d{4})$/;

/**
 * Show a number kept in international form as Brazilians write it.
 *
 * @param {String | false} number as kept, for example +5511912345678
 * @returns {String} (11) 91234-5678; a number of another form stays as it is
 */
export function formatNumber(number) {
    return (number || "").replace(BRAZILIAN, "($1) $2-$3");
}

export class NumberField extends CharField {
    get formattedValue() {
        return formatNumber(super.formattedValue);
    }
}

export const numberField = {
    ...charField,
    component: NumberField,
    displayName: _t("Brazilian telephone number"),
    listViewWidth: [130],
};

registry.category("fields").add("mvno_number", numberField);
