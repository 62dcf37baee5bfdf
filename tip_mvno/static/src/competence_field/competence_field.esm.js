import {formatCompetence, parseCompetence} from "./competence.esm";
import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useInputField} from "@web/views/fields/input_field_hook";

/**
 * A billing month, kept as the first day of the month, shown and typed as MM/YYYY.
 */
export class CompetenceField extends Component {
    static template = "tip_mvno.CompetenceField";
    static props = {
        ...standardFieldProps,
        placeholder: {type: String, optional: true},
    };

    setup() {
        useInputField({
            getValue: () => this.formattedValue,
            parse: parseCompetence,
        });
    }

    get formattedValue() {
        return formatCompetence(this.props.record.data[this.props.name]);
    }

    get isInvalid() {
        return this.props.record.isFieldInvalid(this.props.name);
    }

    get placeholder() {
        return this.props.placeholder || _t("MM/YYYY");
    }
}

export const competenceField = {
    component: CompetenceField,
    displayName: _t("Billing month"),
    supportedTypes: ["date"],
    extractProps: ({placeholder}) => ({placeholder}),
    listViewWidth: [115],
};

registry.category("fields").add("mvno_competence", competenceField);
