import {Component, onWillStart} from "@odoo/owl";
import {ListController} from "@web/views/list/list_controller";
import {foundListView} from "../found_list/found_list.esm";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

/**
 * Says above the SIM cards on which platforms they are running out.
 */
export class LowStock extends Component {
    static template = "tip_mvno.LowStock";
    static props = {};

    setup() {
        const orm = useService("orm");
        this.action = useService("action");
        onWillStart(async () => {
            this.platforms = await orm.searchRead(
                "mvno.platform",
                [["is_low_stock", "=", true]],
                ["name", "available_count", "minimum_available"]
            );
        });
    }

    open(platform) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "mvno.platform",
            res_id: platform.id,
            views: [[false, "form"]],
        });
    }
}

export class SimcardListController extends ListController {
    static template = "tip_mvno.SimcardListView";
    static components = {...ListController.components, LowStock};
}

registry.category("views").add("mvno_simcard_list", {
    ...foundListView,
    Controller: SimcardListController,
});
