"""Makes the helpers beside this file (`builders`) importable from every test folder."""
