import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("mvno_billing", {
    steps: () => [
        ...stepUtils.goToAppSteps("tip_mvno.menu_mvno_root", "Open the app"),
        {
            trigger: "button[data-menu-xmlid='tip_mvno_billing.menu_mvno_billing']",
            run: "click",
        },
        {
            trigger:
                ".dropdown-item[data-menu-xmlid='tip_mvno_billing.menu_mvno_billing_run']",
            run: "click",
        },
        {
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Last month is proposed",
            trigger: ".o_form_view [name='competence'] input:value(/./)",
        },
        {
            trigger: "button[name='action_run']",
            run: "click",
        },
        {
            content: "The run ends while the page is looked at",
            trigger: "[name='state'] [data-value='done'].o_arrow_button_current",
        },
        {
            trigger: "button[name='action_view_invoices']:contains('3')",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:eq(2)",
        },
        {
            trigger: ".o_data_row [name='name']",
            run: "click",
        },
        {
            trigger: ".o_form_view [name='mvno_competence']:contains('/')",
        },
    ],
});
