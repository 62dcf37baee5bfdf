import {Component, onMounted, onWillUnmount} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

const SECONDS = 5;

/**
 * Reads the record again every few seconds while it is in the form: give it an
 * `invisible` that is false only while something runs in the background.
 *
 * What the user has typed is never touched: a changed record is left alone.
 */
export class AutoRefresh extends Component {
    static template = "tip_mvno.AutoRefresh";
    static props = {
        ...standardWidgetProps,
        seconds: {type: Number, optional: true},
    };
    static defaultProps = {seconds: SECONDS};

    setup() {
        onMounted(() => this.schedule());
        onWillUnmount(() => {
            this.unmounted = true;
            clearTimeout(this.timeout);
        });
    }

    schedule() {
        this.timeout = setTimeout(() => this.refresh(), this.props.seconds * 1000);
    }

    async refresh() {
        const {record} = this.props;
        const busy =
            document.hidden || document.querySelector(".modal") || record.isNew;
        if (!busy && !(await record.isDirty()) && !this.unmounted) {
            await record.load();
        }
        if (!this.unmounted) {
            this.schedule();
        }
    }
}

export const autoRefresh = {
    component: AutoRefresh,
    extractProps: ({attrs}) => ({
        seconds: attrs.seconds ? Number(attrs.seconds) : SECONDS,
    }),
    supportedAttributes: [
        {label: _t("Seconds between two readings"), name: "seconds", type: "string"},
    ],
};

registry.category("view_widgets").add("mvno_auto_refresh", autoRefresh);
