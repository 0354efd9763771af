"""The demo's shop: a page as a customer's site has it, to see both sides of an experiment."""

from flask import Blueprint, render_template

from app.core.errors import NotFound
from app.demo import setup
from app.demo.data import CORNER_SHOP_KEY

blueprint = Blueprint("demo_shop", __name__)


@blueprint.get("/demo/shop")
def show() -> str:
    """Show the shop, for everybody; there is none on a server without the demo."""
    client_key = setup.shop_key()
    if client_key is None:
        raise NotFound("There is no demo on this server.")
    return render_template(
        "home/demo_shop.html", client_key=client_key, project_key=CORNER_SHOP_KEY, shelf=SHELF
    )


SHELF = (
    ("Sourdough loaf", "4.20", "loaf"),
    ("Forest honey", "7.80", "honey"),
    ("Apple juice", "3.40", "juice"),
)
"""What stands beside the jam: name, price in euros, picture. All of it is made up."""
