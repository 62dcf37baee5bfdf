import {cookie} from "@web/core/browser/cookie";
import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("mvno_subscribe", {
    steps: () => [
        ...stepUtils.goToAppSteps("tip_mvno.menu_mvno_root", "Open the app"),
        {
            content: "The app opens with the subscribers",
            trigger:
                ".o_data_row:has([name='name']:contains('Assinante')) button[name='action_mvno_subscribe']",
            run: "click",
        },
        {
            trigger: ".modal .o_data_row [name='simcard_id']",
            run: "click",
        },
        {
            trigger: ".modal .o_data_row [name='simcard_id'] input",
            run: ({edit}) => edit(cookie.get("tour_iccid")),
        },
        {
            trigger:
                ".o-autocomplete--dropdown-item:not(:has(.fa-spin)) a:contains(/^89/)",
            run: "click",
        },
        {
            content: "The DDD of the customer's phone is proposed",
            trigger: ".modal .o_data_row [name='area_code'] input:value('11')",
        },
        {
            trigger: ".modal .o_data_row [name='portability'] input",
            run: "check",
        },
        {
            trigger: ".modal .o_data_row [name='number'] input",
            run: ({edit}) => edit(cookie.get("tour_number")),
        },
        {
            trigger: ".modal .o_data_row [name='donor'] input",
            run: "edit Operadora Fictícia",
        },
        {
            trigger: ".modal footer button[name='action_subscribe']",
            run: "click",
        },
        {
            content: "The platform did it while the attendant waited",
            trigger:
                ".o_form_view [name='state'] [data-value='active'].o_arrow_button_current",
        },
        {
            trigger: ".nav-link[name='portabilities']",
            run: "click",
        },
        {
            trigger:
                "[name='portability_ids'] .o_data_row:has([name='number']:contains('(11) 98123-4567')) [name='state']:contains('Requested')",
        },
    ],
});
