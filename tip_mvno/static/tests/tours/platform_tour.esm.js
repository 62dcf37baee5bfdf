import {cookie} from "@web/core/browser/cookie";
import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const syncDone = (kind, count) => ({
    content: `The page tells by itself that ${count} were read`,
    trigger: `[name='sync_ids'] .o_data_row:has([name='kind']:contains('${kind}')):has(.text-bg-success) [name='done_count']:contains(/^${count}$/)`,
});

registry.category("web_tour.tours").add("mvno_platform", {
    steps: () => [
        ...stepUtils.goToAppSteps("tip_mvno.menu_mvno_root", "Open the app"),
        {
            trigger: "button[data-menu-xmlid='tip_mvno.menu_mvno_configuration']",
            run: "click",
        },
        {
            trigger: ".dropdown-item[data-menu-xmlid='tip_mvno.menu_mvno_platforms']",
            run: "click",
        },
        {
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            trigger: ".o_form_view [name='name'] input",
            run: "edit TIP Brasil",
        },
        {
            content: "A token that is not ours",
            trigger: "[name='user_token'] input[type='password']",
            run: "edit wrong-token",
        },
        {
            trigger: "[name='base_url'] input",
            run: ({edit}) => edit(cookie.get("tour_address")),
        },
        {
            trigger: "button[name='action_test_connection']",
            run: "click",
        },
        {
            content: "What is wrong stays on the page",
            trigger: ".alert-danger:contains(/token/i)",
        },
        {
            trigger: "[name='user_token'] input",
            run: ({edit}) => edit(cookie.get("tour_token")),
        },
        {
            trigger: "button[name='action_test_connection']",
            run: "click",
        },
        {
            trigger: "[name='state'] [data-value='connected'].o_arrow_button_current",
        },
        {
            trigger: "button[name='action_sync_plans']",
            run: "click",
        },
        syncDone("Plan catalogue", 6),
        {
            trigger: "button[name='action_sync_simcards']",
            run: "click",
        },
        syncDone("SIM stock", 60),
        {
            trigger: "button[name='action_view_simcards']:contains('60')",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row [name='iccid']:contains(/^89/)",
        },
    ],
});
