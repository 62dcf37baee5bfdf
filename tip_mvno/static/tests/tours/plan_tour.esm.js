import {cookie} from "@web/core/browser/cookie";
import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const requestDone = (operation) => ({
    content: `“${operation}” was done, with a protocol number`,
    trigger: `[name='command_ids'] .o_data_row:has([name='operation']:contains('${operation}')):has([name='protocol']:contains(/^\\d+$/)) [name='state']:contains('Done')`,
});

registry.category("web_tour.tours").add("mvno_plan_and_top_up", {
    steps: () => [
        ...stepUtils.goToAppSteps("tip_mvno.menu_mvno_root", "Open the app"),
        {
            trigger: "button[data-menu-xmlid='tip_mvno.menu_mvno_subscribers']",
            run: "click",
        },
        {
            trigger: ".dropdown-item[data-menu-xmlid='tip_mvno.menu_mvno_lines']",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row td[name='number']:contains('(11)')",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name='action_change_plan']:enabled",
            run: "click",
        },
        {
            content: "What the customer has is shown beside what is asked for",
            trigger: ".modal [name='current_product_id']:contains('Celular 102')",
        },
        {
            trigger: ".modal [name='product_id'] input",
            run: ({edit}) => edit(cookie.get("tour_plan")),
        },
        {
            trigger:
                ".o-autocomplete--dropdown-item:not(:has(.fa-spin)) a:contains('Celular 103')",
            run: "click",
        },
        {
            content: "The price list's value is proposed",
            trigger: ".modal [name='price'] input:value('79.90')",
        },
        {
            trigger: ".modal footer button[name='action_change']",
            run: "click",
        },
        {
            content: "The platform changed it while the attendant waited",
            trigger:
                "body:not(:has(.modal)) .o_form_view .o_field_widget[name='product_id']:contains('Celular 103')",
        },
        requestDone("Change the plan"),
        {
            trigger: ".o_form_view button[name='action_top_up']:enabled",
            run: "click",
        },
        {
            content: "The only top-up on sale is proposed, with its value",
            trigger: ".modal [name='price'] input:value('19.90')",
        },
        {
            trigger: ".modal footer button[name='action_top_up']",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .nav-link[name='requests']",
            run: "click",
        },
        requestDone("Top up"),
    ],
});
