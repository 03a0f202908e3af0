"""Where a number meets a tensor, it is rounded once, to the tensor's type: not to the default type before.

Every door at which a number comes in is tried, and torch is asked the same. A number that passed through float32 on its
way into a float64 tensor would be off by 1e-9 to 1e-8; sums in another order, by some 1e-16 a term.
"""

from __future__ import annotations

import array
import operator
import warnings
from typing import Any

import numpy as np
import pytest
import torch as reference

import minigrad

X = np.random.default_rng(0).standard_normal(6)
Y = np.random.default_rng(1).standard_normal(6)


def put_at(x: Any, key: Any, value: Any) -> Any:
    x[key] = value
    return x


def seeded(t: Any, draw: Any) -> Any:
    t.manual_seed(3)
    return draw()


def clipped(t: Any, x: Any, how: str) -> Any:
    p = t.nn.Parameter(x.clone())
    p.grad = x.clone()
    getattr(t.nn.utils, how)([p], 0.1)
    return p.grad


def stepped(t: Any, name: str, **options: Any) -> Any:
    p = t.nn.Parameter(t.tensor([0.3, -0.7], dtype=t.float64))
    optimizer = getattr(t.optim, name)([p], **options)
    for k in range(3):
        p.grad = t.tensor([0.5, -0.9], dtype=t.float64) * (k + 1)
        optimizer.step()
    return p.detach()


def outcome(t: Any, expression: str) -> Any:
    """The array, or the name of the exception's class."""
    names = {
        "array": array,
        "operator": operator,
        "t": t,
        "F": t.nn.functional,
        "x": t.tensor(X, dtype=t.float64),
        "y": t.tensor(Y, dtype=t.float64),
        "m": t.tensor([True, False] * 3),
        "i": t.tensor([0, 2]),
        "s": t.tensor([1.0, -1.0] * 3, dtype=t.float64),
        "odd": t.tensor([float("nan"), float("inf"), -float("inf")], dtype=t.float64),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = eval(expression, globals() | names)
        except Exception as error:
            return type(error).__name__
    return found.numpy() if hasattr(found, "numpy") else found


def check(expression: str, rtol: float) -> None:
    ours, torchs = outcome(minigrad, expression), outcome(reference, expression)
    if isinstance(torchs, (str, tuple)) or isinstance(ours, (str, tuple)):
        assert ours == torchs
        return
    assert (ours.dtype, ours.shape) == (torchs.dtype, torchs.shape)
    np.testing.assert_allclose(ours, torchs, rtol, rtol)


FLOATS = """
x.clone().fill_(0.1)
x.masked_fill(m,0.1)
x.clone().masked_fill_(m,0.1)
t.where(m,x,0.1)
t.where(m,0.1,x)
t.where(m,0.1,0.2)
x.where(m,0.1)
x.clamp(0.1,0.7)
x.clamp_min(0.1)
x.clamp_max(0.1)
x.clip(max=0.1)
t.lerp(x,y,0.1)
t.addcmul(x,y,y,value=0.1)
t.addcdiv(x,y,y*3+1,value=0.1)
x+0.1
0.1+x
x-0.1
0.1-x
x*0.1
x/0.1
0.1/x
x//0.1
0.1//x
x%0.1
0.1%x
t.fmod(x,0.1)
t.remainder(x,0.1)
t.div(x,0.1,rounding_mode='floor')
t.div(x,0.1,rounding_mode='trunc')
t.add(x,y,alpha=0.1)
t.sub(x,y,alpha=0.1)
t.rsub(x,y,alpha=0.1)
t.rsub(x,0.1)
x.clone().add_(0.1)
operator.iadd(x.clone(), 0.1)
x.abs()**0.1
0.1**x
t.pow(0.1,x)
t.float_power(x.abs(),0.1)
t.full_like(x,0.1)
x.new_full((2,),0.1)
x.new_tensor([0.1,0.2])
x.new_tensor(0.1)
t.full((2,),0.1,dtype=t.float64)
t.tensor([0.1,0.7],dtype=t.float64)
t.as_tensor([0.1,[0.7]][0:1],dtype=t.float64)
t.asarray([0.1],dtype=t.float64)
t.scalar_tensor(0.1,dtype=t.float64)
x.index_fill(0,i,0.1)
x.clone().index_fill_(0,i,0.1)
x.scatter(0,i,0.1)
x.clone().scatter_(0,i,0.1)
x.scatter_(0,i,0.1,reduce='add') if 0 else x.clone().scatter_(0,i,0.1,reduce='add')
x.clone().scatter_(0,i,0.1,reduce='multiply')
x.put(i,t.tensor([0.1,0.1],dtype=t.float64))
x.index_add(0,i,y[:2],alpha=0.1)
x.reshape(2,-1).clone().fill_diagonal_(0.1)
F.threshold(x,0.1,0.7)
F.hardtanh(x,-0.1,0.1)
F.leaky_relu(x,0.1)
F.rrelu(x,0.1,0.1,training=False)
F.elu(x,0.1)
F.celu(x,0.1)
F.softplus(x,0.1,0.7)
F.hardshrink(x,0.1)
F.softshrink(x,0.1)
t.logit(x.sigmoid(),0.1)
F.layer_norm(x,(6,),eps=0.1)
F.group_norm(x.reshape(1,2,3),2,eps=0.1)
F.batch_norm(x.reshape(3,2),None,None,training=True,eps=0.1)
F.instance_norm(x.reshape(1,2,3),eps=0.1)
F.rms_norm(x,(6,),eps=0.1)
F.local_response_norm(x.reshape(1,2,3),2,alpha=0.1,beta=0.7,k=0.3)
F.normalize(x,dim=0,eps=10.1)
t.norm(x,1.1)
t.renorm(x.reshape(2,3),1.1,0,0.1)
F.cosine_similarity(x,y,dim=0,eps=10.1)
F.pairwise_distance(x.reshape(2,3),y.reshape(2,3),1.1,eps=0.1)
t.cdiput_at(x.reshape(2,3),y.reshape(2,3),1.1)
t.diput_at(x,y,1.1)
x<0.1
x<=0.1
x==0.1
x!=0.1
x>0.1
x>=0.1
t.tensor([0,1])==0.1
t.tensor([0,1])<0.1
t.isclose(x,y,rtol=0.1,atol=0.1)
t.tensor(t.allclose(x,x+0.1,rtol=0,atol=0.1))
t.arange(0.1,1.7,0.1,dtype=t.float64)
t.linspace(0.1,0.7,7,dtype=t.float64)
t.linspace(0.1,9.7,7,dtype=t.int64)
t.logspace(0.1,0.7,7,dtype=t.float64)
F.pad(x,(1,1),value=0.1)
t.nan_to_num(odd,0.1,0.2,0.3)
t.quantile(x,0.1)
t.nanquantile(x,0.1)
F.huber_loss(x,y,delta=0.1)
F.smooth_l1_loss(x,y,beta=0.1)
F.cross_entropy(x.reshape(2,3),i,label_smoothing=0.1)
F.margin_ranking_loss(x,y,s,margin=0.1)
F.hinge_embedding_loss(x,s,margin=0.1)
F.cosine_embedding_loss(x.reshape(2,3),y.reshape(2,3),s[:2],margin=0.1)
F.triplet_margin_loss(x.reshape(2,3),y.reshape(2,3),-x.reshape(2,3),margin=0.1,eps=0.1,p=1.1)
F.multi_margin_loss(x.reshape(2,3),i,margin=0.1)
F.gaussian_nll_loss(x,y,y.abs(),eps=0.1,full=True)
F.poisson_nll_loss(x,y,eps=0.1,log_input=False)
seeded(t, lambda: F.dropout(x,0.1))
seeded(t, lambda: F.alpha_dropout(x,0.1))
seeded(t, lambda: F.feature_alpha_dropout(x.reshape(2,3),0.1))
seeded(t, lambda: x.clone().uniform_(0.1,0.7))
seeded(t, lambda: x.clone().normal_(0.1,0.7))
seeded(t, lambda: x.clone().exponential_(0.1))
seeded(t, lambda: x.clone().cauchy_(0.1,0.7))
seeded(t, lambda: x.clone().log_normal_(0.1,0.7))
seeded(t, lambda: x.clone().geometric_(0.1))
seeded(t, lambda: x.clone().bernoulli_(0.1))
seeded(t, lambda: t.normal(0.1,0.7,(3,),dtype=t.float64))
seeded(t, lambda: t.normal(x,0.7))
seeded(t, lambda: t.normal(0.1,y.abs()))
t.nn.init.constant_(x.clone(),0.1)
seeded(t, lambda: t.nn.init.uniform_(x.clone(),0.1,0.7))
seeded(t, lambda: t.nn.init.normal_(x.clone(),0.1,0.7))
seeded(t, lambda: t.nn.init.xavier_uniform_(x.reshape(2,3).clone(),0.1))
seeded(t, lambda: t.nn.init.xavier_normal_(x.reshape(2,3).clone(),0.1))
seeded(t, lambda: t.nn.init.kaiming_uniform_(x.reshape(2,3).clone(),0.1))
seeded(t, lambda: t.nn.init.kaiming_normal_(x.reshape(2,3).clone(),0.1))
seeded(t, lambda: t.nn.init.trunc_normal_(x.clone(),0.1,0.7,-0.3,0.9))
seeded(t, lambda: t.nn.init.orthogonal_(x.reshape(2,3).clone(),0.1))
seeded(t, lambda: t.nn.init.sparse_(x.reshape(2,3).clone(),0.1,0.1))
t.addmm(x.reshape(2,3),x.reshape(2,3)[:,:2],y.reshape(2,3),beta=0.1,alpha=0.7)
t.addmv(x[:2],x.reshape(2,3),y[:3],beta=0.1,alpha=0.7)
t.baddbmm(x.reshape(1,2,3),x.reshape(1,2,3)[...,:2],y.reshape(1,2,3),beta=0.1,alpha=0.7)
t.addbmm(x.reshape(2,3),x.reshape(1,2,3)[...,:2],y.reshape(1,2,3),beta=0.1,alpha=0.7)
t.maximum(x,t.tensor(0.1,dtype=t.float64))
t.xlogy(x.abs(),0.1)
t.xlogy(0.1,y.abs())
t.copysign(x,-0.1)
t.heaviside(t.zeros(2,dtype=t.float64),t.tensor(0.1,dtype=t.float64))
t.ldexp(x,t.tensor(2))
t.histc(x,5,-0.1,0.7)
t.bucketize(0.1,t.tensor([0.1,0.2],dtype=t.float64))
t.searchsorted(t.tensor([0.1,0.2],dtype=t.float64),0.1)
t.isin(t.tensor([0.1,0.2],dtype=t.float64),0.1)
t.isin(0.1,t.tensor([0.1,0.2],dtype=t.float64))
put_at(x.clone(),0,0.1)
put_at(x.clone(),m,0.1)
put_at(x.clone(),i,0.1)
put_at(x.clone(),slice(1,4,2),0.1)
put_at(x.clone(),0,np.float64(0.1))
x.index_put((i,),t.tensor(0.1,dtype=t.float64))
np.float64(0.1)*x
np.float64(0.1)+x
np.float64(0.1)-x
np.float64(0.1)/x
t.std(x,correction=0.1)
t.var(x,correction=0.1)
F.interpolate(x.reshape(1,1,6),scale_factor=1.7,mode='linear')
F.scaled_dot_product_attention(x.reshape(1,2,3),y.reshape(1,2,3),x.reshape(1,2,3),scale=0.1)
clipped(t,x,'clip_grad_norm_')
clipped(t,x,'clip_grad_value_')
t.tensor([2**53+1,2**63-1])
stepped(t,'SGD',lr=0.1,momentum=0.3,weight_decay=0.7,dampening=0.1)
stepped(t,'Adam',lr=0.1,betas=(0.3,0.7),eps=0.1,weight_decay=0.1)
stepped(t,'AdamW',lr=0.1,betas=(0.3,0.7),eps=0.1,weight_decay=0.1)
stepped(t,'RMSprop',lr=0.1,alpha=0.3,eps=0.1,momentum=0.1)
stepped(t,'Adagrad',lr=0.1,lr_decay=0.3,eps=0.1,initial_accumulator_value=0.1)
stepped(t,'Adadelta',lr=0.1,rho=0.3,eps=0.1)
stepped(t,'Adamax',lr=0.1,betas=(0.3,0.7),eps=0.1)
stepped(t,'NAdam',lr=0.1,betas=(0.3,0.7),eps=0.1)
stepped(t,'RAdam',lr=0.1,betas=(0.3,0.7),eps=0.1)
stepped(t,'ASGD',lr=0.1,lambd=0.3,t0=1)
stepped(t,'Rprop',lr=0.1,etas=(0.3,1.7))
stepped(t,'Adafactor',lr=0.1)
"""

INTEGERS = """
t.tensor([2**53+1])+1
t.tensor([2**53+1])*1
t.tensor([2**63-1])-1
t.tensor([2**53+1])==2**53+1
t.tensor([2**53+1])>2**53
t.zeros(2,dtype=t.int64).fill_(2**53+1)
t.full((2,),2**63-1)
t.zeros(2,dtype=t.int64).masked_fill(t.tensor([True,False]),2**53+1)
t.where(t.tensor([True,False]),t.tensor([1,2]),2**53+1)
t.tensor([2**63-1,0]).clamp(2**53+1)
t.tensor([2**63-1,0]).clamp_max(2**53+1)
t.full_like(t.zeros(2,dtype=t.int64),2**53+1)
t.zeros(2,dtype=t.int64).new_full((2,),2**53+1)
t.zeros(2,dtype=t.int64).index_fill(0,t.tensor([0]),2**53+1)
t.zeros(2,dtype=t.int64).scatter(0,t.tensor([0]),2**53+1)
t.arange(2**53-1,2**53+4)
t.arange(2**63-5,2**63-1)
t.tensor([2**63-1])//3
t.tensor([2**63-1])%1000
t.tensor([3])**33
put_at(t.zeros(2,dtype=t.int64),0,2**63-1)
put_at(t.zeros(2,dtype=t.int64),t.tensor([0]),2**53+1)
t.tensor([2**53,1]).sum()
t.tensor([2**53,1]).cumsum(0)
t.tensor([2**53+1,1]).prod()
t.add(t.tensor([1]),t.tensor([1]),alpha=2**53+1)
t.maximum(t.tensor([2**53]),t.tensor(2**53+1))
t.linspace(0,2**53+1,3,dtype=t.int64)
t.div(t.tensor([2**63-1]),2,rounding_mode='floor')
t.div(t.tensor([2**63-1]),2,rounding_mode='trunc')
t.fmod(t.tensor([2**63-1]),1000)
t.remainder(2**53+1,t.tensor([10]))
t.tensor([2**53+1])&(2**53+1)
t.tensor([2**53+1])<<1
t.addcmul(t.tensor([1]),t.tensor([1]),t.tensor([1]),value=2**53+1)
t.rsub(t.tensor([1]),2**53+1)
t.gcd(t.tensor([2**53+1]),t.tensor([3]))
t.tensor([[2**53+1]]).tril()
t.isin(t.tensor([2**53+1]),2**53)
t.bucketize(t.tensor([2**53+1]),t.tensor([2**53,2**53+1]))
t.tensor(t.tensor([2**63-1]).item())
t.tensor([[2**53+1]])@t.tensor([[1]])
t.diff(t.tensor([0,2**53+1]))
F.threshold(t.tensor([1,5]),3,2**53+1)
F.hardtanh(t.tensor([1,5]),-2,2)
t.eye(2,dtype=t.int64)*(2**53+1)
t.tensor([2**53+1])+np.int64(2**53+1)
put_at(t.zeros(1,dtype=t.int64),0,np.int64(2**53+1))
t.float_power(t.tensor([3]),0.1)
t.tensor([5])*0.1
t.tensor([5])/0.1
"""

DATA = """
t.tensor((2,70,1))
t.tensor([2**70,1.])
t.tensor([1.,2**70],dtype=t.float64)
t.tensor(2**70,dtype=t.float64)
t.tensor([2**70])
t.tensor([[2**70,1.5],[2,3]])
t.tensor([2**63,1.])
t.tensor(2**63)
t.tensor([2**63])
t.tensor(2**64-1,dtype=t.float32)
t.full((1,),2**70,dtype=t.float64)
t.full((1,),2**70)
t.full((1,),2**63,dtype=t.float64)
t.zeros(1).fill_(2**70)
t.zeros(1).fill_(2**63)
t.zeros(1)+2**70
t.zeros(1)+2**63
t.tensor([0])+2**63
t.ones(1,dtype=t.float64)*2**64
t.ones(1,dtype=t.float64)<2**64
t.ones(1)<2**63
t.tensor([1])==2**63
t.scalar_tensor(2**63)
t.tensor(np.float32(0.1))
t.tensor(np.float64(0.1))
t.tensor([np.float32(0.1),np.float32(0.2)])
t.tensor([np.float64(0.1),0.2])
t.tensor([0.2,np.float64(0.1)])
t.tensor([np.int8(3),4])
t.tensor([np.int32(3)])
t.tensor([np.float16(0.1)])
t.tensor([1,np.float16(0.1)])
t.tensor([np.array([1.,2.]),np.array([3.,4.])])
t.tensor([t.tensor(1.5,dtype=t.float64),2])
t.tensor([t.tensor([1.5],dtype=t.float64),2])
t.tensor([True,2])
t.tensor([True,2.5])
t.tensor([True,False])
t.tensor([True,False],dtype=t.uint8)
t.tensor([1.7,-1.7],dtype=t.int64)
t.tensor([float('nan')],dtype=t.int64)
t.tensor([float('inf')],dtype=t.int32)
t.tensor(range(3))
t.tensor([])
t.tensor([[],[]])
t.tensor([],dtype=t.int64)
t.tensor(((1,2),(3,4)))
t.tensor([[1,2.5],[True,4]])
t.tensor(['a'])
t.tensor(None)
t.tensor([None])
t.tensor({1,2})
t.tensor({1:2})
t.tensor(b'ab')
t.tensor(bytearray(b'ab'))
t.tensor(array.array('f',[1.,2.]))
t.tensor(array.array('i',[1,2]))
t.tensor(memoryview(b'ab'))
t.tensor(t.zeros(2,3).shape)
t.tensor([[1,2],[3]])
t.tensor([1,[2]])
t.tensor([[1],2])
t.tensor([300],dtype=t.uint8)
t.tensor([-1],dtype=t.uint8)
t.tensor(-1,dtype=t.uint8)
t.tensor([1e40])
t.tensor(1e40)
t.tensor(np.array([1,2],dtype='>i4'))
t.tensor(np.array(3))
t.tensor(np.arange(4)[::-1])
t.as_tensor(np.arange(4)[::-1])
t.Tensor(3).shape
t.Tensor([3])
t.Tensor(2,3).shape
t.Tensor([[1,2],[3,4.5]])
t.Tensor((2,3))
t.Tensor(np.array([1,2]))
t.Tensor([2**53+1])
t.LongTensor([2**53+1])
t.LongTensor([2**63-1])
t.LongTensor([1.7])
t.LongTensor([2**63])
t.DoubleTensor([0.1,2**53+1])
t.ByteTensor([300])
t.ByteTensor([-1])
t.BoolTensor([2,0])
t.IntTensor([2**31])
t.IntTensor([1.7])
t.HalfTensor([0.1,70000])
t.FloatTensor([1e40])
t.FloatTensor(np.array([1.,2.],dtype=np.float64))
t.FloatTensor([[1,2],[3]])
t.FloatTensor('a')
t.FloatTensor(None)
t.FloatTensor(1.5)
t.zeros(1,dtype=t.int64).new_tensor([2**53+1])
t.zeros(1,dtype=t.int64).new_tensor(1.7)
t.zeros(1,dtype=t.float64).new([0.1])
t.zeros(1,dtype=t.float64).new(2,3).shape
t.tensor([1.7,2.3]).new_tensor([True])
"""


@pytest.mark.parametrize("expression", FLOATS.split("\n")[1:-1])
def test_floats(expression: str) -> None:
    check(expression, 1e-13)


@pytest.mark.parametrize("expression", [*INTEGERS.split("\n")[1:-1], *DATA.split("\n")[1:-1]])
def test_integers_and_data(expression: str) -> None:
    check(expression, 0)


CLASSES = """
t.zeros(2, dtype={})
t.tensor([1.5], dtype={})
t.zeros(2).to({})
t.zeros(2).to('cpu', {})
t.ones(2).sum(dtype={})
t.ones(2).new_full((1,), 2, dtype={})
t.arange(3, dtype={})
t.zeros(2).type({})
t.nn.Linear(1, 1).to({}).weight.detach() * 0
t.nn.Linear(1, 1).to(dtype={}).weight.detach() * 0
t.tensor(t.finfo({}).max, dtype=t.float64)
t.tensor(t.iinfo({}).max)
"""


@pytest.mark.parametrize("kind", ["int", "float", "bool"])
@pytest.mark.parametrize("expression", CLASSES.split("\n")[1:-1])
def test_classes_stand_for_types(expression: str, kind: str) -> None:
    check(expression.format(kind), 0)


REFUSED = ["'str'", "str", "[]", "'cpu', 3", "'cpu', str", "'cpu', 'cpu'", "t.float64, 'cpu'", "3"]


@pytest.mark.parametrize("what", REFUSED)
def test_what_stands_for_no_type(what: str) -> None:
    check(f"x.to({what})", 0)
