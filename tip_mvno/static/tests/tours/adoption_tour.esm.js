import {cookie} from "@web/core/browser/cookie";
import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const current = (state) =>
    `.o_form_view [name='state'] [data-value='${state}'].o_arrow_button_current`;

registry.category("web_tour.tours").add("mvno_adoption", {
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
            trigger: ".o_list_view .o_data_row:contains('simulada') td[name='name']",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name='action_sync_lines']",
            run: "click",
        },
        {
            content: "The platform's lines are read while the page is looked at",
            trigger: current("review"),
        },
        {
            content: "Without a date nothing can be taken over",
            trigger: "button [name='create_count'] .o_stat_value:contains(/^0$/)",
        },
        {
            trigger: "[name='create_partners'] input",
            run: "check",
        },
        {
            trigger: "[name='bill_from'] .o_input",
            run: "click",
        },
        {
            trigger: "[name='bill_from'] input",
            run: ({edit}) => edit(cookie.get("tour_day")),
        },
        {
            trigger: ".o_form_statusbar button[name='action_view_lines']",
            run: "click",
        },
        {
            content: "What was filled in counts for every line",
            trigger: ".o_list_view .o_group_header:contains('To take over')",
            run: "click",
        },
        {
            content: "One line is left out",
            trigger: ".o_list_view .o_data_row:eq(0) td[name='skip']",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_selected_row td[name='skip'] input",
            run: "check",
        },
        {
            trigger: ".o_list_button_save",
            run: "click",
        },
        {
            trigger:
                "body:not(:has(.o_list_button_save)) .o_back_button a, .breadcrumb-item.o_back_button",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name='action_apply']",
            run: "click",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "They are taken over while the page is looked at",
            trigger: current("done"),
        },
        {
            trigger: "button [name='adopted_count'] .o_stat_value:contains(/^[1-9]/)",
        },
    ],
});
