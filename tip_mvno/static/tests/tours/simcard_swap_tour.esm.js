import {cookie} from "@web/core/browser/cookie";
import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const openMenu = (name) => [
    ...stepUtils.goToAppSteps("tip_mvno.menu_mvno_root", "Open the app"),
    {
        trigger: "button[data-menu-xmlid='tip_mvno.menu_mvno_subscribers']",
        run: "click",
    },
    {
        trigger: `.dropdown-item[data-menu-xmlid='tip_mvno.${name}']`,
        run: "click",
    },
];

registry.category("web_tour.tours").add("mvno_simcard_swap", {
    steps: () => [
        ...openMenu("menu_mvno_lines"),
        {
            trigger: ".o_list_view .o_data_row td[name='number']:contains('(11)')",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name='action_swap_simcard']",
            run: "click",
        },
        {
            trigger: ".modal [name='reason'] input[data-value='theft']",
            run: "click",
        },
        {
            trigger: ".modal [name='simcard_id'] input",
            run: ({edit}) => edit(cookie.get("tour_iccid")),
        },
        {
            trigger:
                ".o-autocomplete--dropdown-item:not(:has(.fa-spin)) a:contains(/^89/)",
            run: "click",
        },
        {
            trigger: ".modal footer button.btn-danger[name='action_replace']",
            run: "click",
        },
        {
            content: "The request for TIP's people is open, its text is ready",
            trigger:
                ".o_form_view [name='state'] [data-value='waiting'].o_arrow_button_current",
        },
        {
            trigger: "[name='text']:contains(/Solicitamos a troca do SIM card/)",
        },
        {
            trigger: "[name='tip_protocol'] input",
            run: "edit TIP-4711",
        },
        ...stepUtils.saveForm(),
        {
            content: "Back on the line, which was blocked before anything else",
            trigger: ".o_form_view .o_field_widget[name='line_id'] a",
            run: "click",
        },
        {
            trigger:
                ".o_form_view [name='state'] [data-value='blocked'].o_arrow_button_current",
        },
        {
            trigger: ".alert:contains('Waiting for TIP since')",
        },
    ],
});

registry.category("web_tour.tours").add("mvno_simcard_swapped", {
    steps: () => [
        ...openMenu("menu_mvno_support_requests"),
        {
            trigger:
                ".o_list_view .o_data_row:has([name='tip_protocol']:contains('TIP-4711')) td[name='kind']",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name='action_done']",
            run: "click",
        },
        {
            trigger:
                ".o_form_view [name='state'] [data-value='done'].o_arrow_button_current",
        },
        {
            trigger: ".o_form_view .o_field_widget[name='line_id'] a",
            run: "click",
        },
        {
            content: "The new SIM card works, so the block is over",
            trigger:
                ".o_form_view [name='state'] [data-value='active'].o_arrow_button_current",
        },
        {
            trigger: ".nav-link[name='history']",
            run: "click",
        },
        {
            content: "Both SIM cards are in the line's history",
            trigger:
                "[name='identity_ids'] .o_data_row:eq(1) [name='simcard_id']:contains(/^89/)",
        },
    ],
});
