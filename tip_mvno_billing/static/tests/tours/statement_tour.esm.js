import {cookie} from "@web/core/browser/cookie";
import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("mvno_statement", {
    steps: () => [
        ...stepUtils.goToAppSteps("tip_mvno.menu_mvno_root", "Open the app"),
        {
            trigger: "button[data-menu-xmlid='tip_mvno_billing.menu_mvno_billing']",
            run: "click",
        },
        {
            trigger:
                ".dropdown-item[data-menu-xmlid='tip_mvno_billing.menu_mvno_statement']",
            run: "click",
        },
        {
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            trigger: ".o_form_view [name='competence'] input",
            run: "edit 13/2026 && click body",
        },
        {
            content: "A month that does not exist is told at once, beside the field",
            trigger: "[name='competence'] .o_mvno_competence_error:contains('MM/YYYY')",
        },
        {
            trigger: "[name='competence'] input[aria-invalid]",
            run: ({edit}) => edit(cookie.get("tour_competence")),
        },
        {
            trigger: "[name='platform_id'] input",
            run: "click",
        },
        {
            trigger: "[name='competence']:not(:has(.o_mvno_competence_error))",
        },
        {
            trigger: "button[name='action_import']",
            run: "click",
        },
        {
            content: "The import ends while the page is looked at",
            trigger: "[name='state'] [data-value='done'].o_arrow_button_current",
        },
        {
            trigger:
                "[name='line_ids'] .o_data_row:eq(5) [name='number']:contains('(11)')",
        },
        {
            content: "Totals: 3 plans of 49.90 and 3 of 79.90",
            trigger: "[name='line_ids'] tfoot .o_list_number:contains('389.40')",
        },
    ],
});
